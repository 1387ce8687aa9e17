// The README's animation: the demo's output in a terminal that fills line by line. CSS alone animates the SVG, so that GitHub and
// npm show it. Viewers that prefer reduced motion or have no CSS animations see the last frame.
import { execFileSync } from "node:child_process";

const COLORS = { 0: "#c9d1d9", 1: "#ffffff", 32: "#56d364", 33: "#e3b341" };
const [ROWS, LINE, TOP, LEFT, WIDTH] = [20, 19, 60, 20, 680];
const HEIGHT = TOP + ROWS * LINE;

/** Times in seconds: to type the command, between lines, to read a line, and at the end. */
const [TYPING, NEXT, READING, END] = [1, 0.06, 0.35, 8];
const REPEATS = 3;

/** Day of the oldest image in the picture: the demo's dates follow the current day, the picture must not. */
const OLDEST = "2026-05-09";

/** Returns the demo's output, in color. */
export function runDemo() {
  return execFileSync(process.execPath, ["scripts/demo.mjs"], {
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: "1" },
    encoding: "utf8",
  });
}

/** Returns the picture of the demo's output, the same on any day. @param {string} printed */
export function drawTerminal(printed) {
  return drawSvg(["\x1b[32m$\x1b[0m npm run demo", "", ...shiftDates(printed).trimEnd().split("\n")]);
}

/** @param {string} text */
function shiftDates(text) {
  const dates = /\d{4}-\d{2}-\d{2}/g;
  const [oldest = ""] = (text.match(dates) ?? []).sort();
  const shift = Date.parse(OLDEST) - Date.parse(oldest);
  return text.replace(dates, (date) => new Date(Date.parse(date) + shift).toISOString().slice(0, 10));
}

/** @param {string[]} lines */
function drawSvg(lines) {
  const times = scheduleLines(lines);
  const total = (times.at(-1) ?? 0) + END;
  const percent = (/** @type {number} */ time) => `${((100 * time) / total).toFixed(2)}%`;
  const scrolled = (/** @type {number} */ row) => -LINE * Math.max(0, row - ROWS + 1);
  const scroll = times.map((time, row) => `${percent(time)}{transform:translateY(${scrolled(row)}px)}`);
  const appear = times.map((time, row) => `@keyframes l${row}{0%{opacity:0}${percent(time)}{opacity:1}}`);
  const names = times.map((_, row) => `.l${row}{animation-name:l${row}}`);
  const text = lines.map((line, row) =>
    line === ""
      ? ""
      : `<text class="l${row}" x="${LEFT}" y="${TOP + row * LINE}">${formatSpans(line)}</text>\n`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">
<title>npm run demo: a plan, the question to the user, five snapshots deleted, a protected one refused</title>
<style>
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;fill:${COLORS[0]}}
.c1{fill:${COLORS[1]};font-weight:bold}.c32{fill:${COLORS[32]}}.c33{fill:${COLORS[33]}}
.screen{transform:translateY(${scrolled(lines.length - 1)}px)}
@media (prefers-reduced-motion:no-preference){
.screen,text{animation:${total.toFixed(1)}s step-end ${REPEATS}}
.screen{animation-name:scroll}
${names.join("")}
}
@keyframes scroll{${scroll.join("")}}
${appear.join("\n")}
</style>
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="10" fill="#0d1117" stroke="#6e7681"/>
<circle cx="22" cy="20" r="5.5" fill="#ff5f57"/><circle cx="41" cy="20" r="5.5" fill="#febc2e"/><circle cx="60" cy="20" r="5.5" fill="#28c840"/>
<clipPath id="below"><rect y="46" width="${WIDTH}" height="${HEIGHT - 50}"/></clipPath>
<g clip-path="url(#below)"><g class="screen">
${text.join("")}</g></g>
</svg>
`;
}

/** Returns when each line appears, in seconds, with pauses to read and to choose. @param {string[]} lines */
function scheduleLines(lines) {
  let [time, unread] = [0, 0];
  return lines.map((line, row) => {
    const isPause = row > 2 && (line.startsWith("\x1b[1m") || line.includes("Your choice:"));
    time += row === 1 ? TYPING : NEXT + (isPause ? READING * unread : 0);
    unread = isPause ? 1 : unread + (line === "" ? 0 : 1);
    return time;
  });
}

/** Returns a line as SVG text with its colors. @param {string} line */
function formatSpans(line) {
  const [plain = "", ...painted] = line.split("\x1b[");
  const parts = painted.map((part) => {
    const [, code, text = ""] = /^(\d+)m(.*)$/.exec(part) ?? [];
    return code === "0" || text === ""
      ? escapeXml(text)
      : `<tspan class="c${code}">${escapeXml(text)}</tspan>`;
  });
  return escapeXml(plain) + parts.join("");
}

/** @param {string} text */
function escapeXml(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/ /g, "\u00a0");
}
