// Measures the built server. Each figure has a baseline from the same run, because ratios differ less between machines than times.
// --json FILE also writes the figures as JSON, --docs writes their table to docs/performance.md; arguments select subjects.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { measureAnswers } from "./bench/answers.mjs";
import { measureCalls } from "./bench/calls.mjs";
import { describeMachine, formatMarkdown, printTable } from "./bench/figures.mjs";
import { measurePlan } from "./bench/plan.mjs";
import { measureStart } from "./bench/start.mjs";
import { measureTasks } from "./bench/tasks.mjs";

const SUBJECTS = {
  start: measureStart,
  calls: measureCalls,
  answers: measureAnswers,
  tasks: measureTasks,
  plan: measurePlan,
};
const DOCS = "docs/performance.md";

const { values, positionals } = parseArgs({
  options: { json: { type: "string" }, docs: { type: "boolean" } },
  allowPositionals: true,
});

/** @type {import("./bench/figures.mjs").Figure[]} */
const figures = [];
for (const [name, measure] of Object.entries(SUBJECTS)) {
  if (positionals.length === 0 || positionals.includes(name)) figures.push(...(await measure()));
}

printTable(figures);
if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ ...describeMachine(), figures }, null, 2)}\n`);
if (values.docs) {
  const docs = readFileSync(DOCS, "utf8");
  const part = /(?<=<!-- figures -->\n)[\s\S]*(?=<!-- \/figures -->)/;
  writeFileSync(DOCS, docs.replace(part, `${formatMarkdown(figures)}\n`));
}
