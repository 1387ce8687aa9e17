// Figures of a run, and their tables.
import os from "node:os";

/**
 * A measured value and its baseline from the same run.
 * @typedef {object} Figure
 * @property {string} what
 * @property {string} unit
 * @property {number} ours
 * @property {string} [against] name of the baseline
 * @property {number} [baseline]
 * @property {string} [aim] target of the value, or of the ratio if it contains ×
 */

/** @param {number[]} values @param {number} share from 0 to 1 */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

/** @param {number[]} values */
export const median = (values) => quantile(values, 0.5);

/** Returns where and when the figures were measured. */
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

/** Returns the same table in Markdown, after a line that says where it was measured. @param {Figure[]} figures */
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

/** Formats a number with three digits, without decimals from 100 up. @param {number} value */
function formatNumber(value) {
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3);
}
