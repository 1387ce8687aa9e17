/** What a new user sees first. Needs `npm run build`. */

import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { drawTerminal, runDemo } from "../scripts/demo-picture.mjs";
import { spawnCommand } from "./support/spawned.ts";

const DATES = /\d{4}-\d{2}-\d{2}/g;

async function run(...args: string[]) {
  const demo = spawnCommand(args, {}, { command: "scripts/demo.mjs" });
  demo.child.stdin.end();
  return { code: await demo.ended, lines: demo.lines };
}

test("the demo fits a terminal, shows plan, form, savings and a refusal, and ends by itself", async () => {
  const { code, lines } = await run();
  expect(code).toBe(0);
  expect(lines.length).toBeLessThanOrEqual(45);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  const text = lines.join("\n");
  expect(text).toMatch(
    /Would delete 5 of 28 snapshots[\s\S]*1 {2}No, change nothing\n {2}2 {2}Yes, delete 5/,
  );
  expect(text).toMatch(/Deleted 5 snapshots: 48\.22 GB, saves 0\.69 EUR a month\.[\s\S]*\(protected\)/);
  expect(text).toMatch(/Moved \d+ snapshots to the bin until \d{4}-\d\d-\d\d: /);
});

test("the long tour shows every kind of call and ends by itself", async () => {
  const { code, lines } = await run("--all");
  expect(code).toBe(0);
  expect(lines.length).toBeGreaterThan(200);
  const text = lines.join("\n");
  expect(text).toMatch(
    /hcloud_bin_images [\s\S]*"hide":true[\s\S]*hcloud_restore_images [\s\S]*Restored \d+ snapshot/,
  );
});

test("the README's moving picture shows the output of the demo, the same on any day, and loads nothing", () => {
  const printed = runDemo();
  const later = printed.replace(DATES, (date) =>
    new Date(Date.parse(date) + 400 * 86_400_000).toISOString().slice(0, 10),
  );
  expect(later).not.toBe(printed);
  const picture = drawTerminal(later);
  expect(picture).toBe(drawTerminal(printed));
  expect(picture).toBe(readFileSync("docs/demo.svg", "utf8"));
  expect(picture.length).toBeLessThan(60_000);
  expect(picture).not.toMatch(/<script|<a |href|url\((?!#)|@import/);

  const shown = [...picture.matchAll(/<text .*?>(.*)<\/text>/g)].map(([, text = ""]) =>
    text.replace(/<\/?tspan.*?>/g, "").replaceAll("\u00a0", " "),
  );
  const lines = stripVTControlCharacters(printed).split("\n").filter(Boolean);
  const dateless = (text: string) => text.replace(DATES, "a day");
  expect(shown.map(dateless)).toEqual(["$ npm run demo", ...lines.map(dateless)]);
});
