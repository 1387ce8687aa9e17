// What a figure is, and how a run of them is shown.
import os from "node:os";

/**
 * One measured value, beside another of the same run.
 * @typedef {object} Figure
 * @property {string} what
 * @property {string} unit
 * @property {number} ours
 * @property {string} [against] what the baseline is
 * @property {number} [baseline]
 * @property {string} [aim] of the value, or of the ratio when it says ×
 */

/** @param {number[]} values @param {number} share from 0 to 1 */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

/** @param {number[]} values */
export const median = (values) => quantile(values, 0.5);

/** Where and when the figures were measured. */
export function describeMachine() {
  const [cpu] = os.cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: `${os.availableParallelism()} × ${cpu?.model.trim()}`,
  };
}

/** @param {Figure} figure */
function formatCells({ what, unit, ours, against, baseline, aim }) {
  return {
    what,
    unit,
    ours: formatNumber(ours),
    baseline: baseline === undefined ? "" : formatNumber(baseline),
    ratio: baseline === undefined ? "" : (ours / baseline).toFixed(2),
    aim: aim ?? "",
    "baseline is": against ?? "",
  };
}

/** @param {Figure[]} figures */
export function printTable(figures) {
  console.table(figures.map(formatCells));
}

/** The same table in Markdown, under a line on where it was measured. @param {Figure[]} figures */
export function formatMarkdown(figures) {
  const { date, node, platform, cpu } = describeMachine();
  const rows = figures.map(formatCells);
  const [first] = rows;
  if (!first) throw new Error("there are no figures");
  const line = (/** @type {string[]} */ values) => `| ${values.join(" | ")} |`;
  return [
    `Measured on ${date} with Node ${node} on ${platform}, ${cpu}.`,
    "",
    line(Object.keys(first)),
    line(Object.keys(first).map((name) => (name === "what" || name === "baseline is" ? "---" : "---:"))),
    ...rows.map((row) => line(Object.values(row))),
  ].join("\n");
}

/** Three digits, and no decimals where they say nothing. @param {number} value */
function formatNumber(value) {
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3);
}
