/** The decisions in docs/adr: each has a number, a topic as its name, and a status. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./support/npm.ts";

const FOLDER = join(ROOT, "docs/adr");
const pages = readdirSync(FOLDER).map((file) => {
  const text = readFileSync(join(FOLDER, file), "utf8");
  const [title = "", status = ""] = text.split("\n\n").map((part) => part.replaceAll("\n", " "));
  return { file, number: Number(file.slice(0, 4)), text, title, status };
});
const filesOf = (some: typeof pages) => some.map(({ file }) => file);

test("every page in docs/adr has its own number in its name and its title", () => {
  expect(pages.length).toBeGreaterThan(20);
  expect(new Set(pages.map(({ number }) => number)).size).toBe(pages.length);
  const isNamed = ({ file, number, title }: (typeof pages)[number]) =>
    /^\d{4}(-[a-z0-9]+)+\.md$/.test(file) && title.startsWith(`# ${number}. `);
  expect(filesOf(pages.filter((page) => !isNamed(page)))).toEqual([]);
});

test("every decision has a dated status below its title", () => {
  const STATUS = /^\*\*Status\.\*\* (Accepted|Amended( by .+)?|Superseded by .+), \d{4}-\d\d-\d\d[.:]/;
  expect(filesOf(pages.filter(({ status }) => !STATUS.test(status)))).toEqual([]);
});

test("every decision links to others by their numbers, and names the decision that it supersedes", () => {
  const links = pages.flatMap(({ file, text }) =>
    [...text.matchAll(/(\w+ \w+ )?\[ADR (\d+)\]\(([^)]+)\)/g)].map(([, before, number, target]) => ({
      file,
      before,
      number: Number(number),
      target: pages.find((page) => page.file === target),
    })),
  );
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter(({ number, target }) => target?.number !== number)).toEqual([]);
  const superseded = links.filter(({ before }) => before === "Superseded by ");
  expect(superseded.length).toBeGreaterThan(0);
  for (const { file, target } of superseded)
    expect(target?.status).toMatch(`Supersedes [ADR ${Number(file.slice(0, 4))}]`);
});
