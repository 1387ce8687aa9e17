/** Arguments that are refused before a schema checks each of their items, which would take minutes. */

import { expect, test } from "vitest";
import { expectFailure, start } from "../support/answers.ts";
import { BIN } from "../support/bin.ts";
import { DELETE } from "../support/cleanup.ts";
import { EDIT } from "../support/forms-cases.ts";

const LIST = "hcloud_list_images";
const TOO_LONG = "The arguments must not be longer than 250,000 characters";
const IDS = "ids: must be a list of 1 to 100 ids";
const ITEMS = "must be a list of at most 1000 items";

test.each<[what: string, tool: string, args: object, problem: string]>([
  ["a text of five million items", DELETE, { ids: ",".repeat(5_000_000) }, TOO_LONG],
  ["a list of a million ids", DELETE, { ids: Array(1_000_000).fill(0) }, TOO_LONG],
  ["a million labels", EDIT, { ids: [1], set: manyLabels(1_000_000) }, TOO_LONG],
  ["a million unknown arguments", LIST, manyLabels(1_000_000), TOO_LONG],
  ["a text of 200,000 items", DELETE, { ids: ",".repeat(200_000) }, IDS],
  ["JSON text of 100,000 items", BIN, { ids: `[${"0,".repeat(100_000)}0]` }, IDS],
  ["a list of 1,001 ids", DELETE, { ids: Array(1_001).fill(1) }, IDS],
  ["1,001 types", LIST, { type: Array(1_001).fill("disk") }, `type: ${ITEMS}`],
  ["200,000 labels to remove", EDIT, { ids: [1], remove: ",".repeat(200_000) }, `remove: ${ITEMS}`],
])("%s", async (_, tool, args, problem) => {
  const { call, simulator } = await start();
  const answer = await call(tool, { ...args });
  expectFailure(answer, "invalid_input", problem);
  expect(answer.text.length).toBeLessThan(1_000);
  expect(simulator.requests).toEqual([]);
});

test("a list of 1,000 items is checked item by item", async () => {
  const { call } = await start();
  const type = [...Array(999).fill("snapshot"), "disk"];
  expectFailure(await call(LIST, { type }), "invalid_input", "type[999]: must be one of");
});

function manyLabels(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, ""]));
}
