import { expect, test } from "vitest";
import { failure, PROTECTED, start } from "../support/answers.ts";

const LARGEST = Number.MAX_SAFE_INTEGER;

test.each<[tool: string, args: Record<string, unknown>, sentence: RegExp]>([
  [
    "hcloud_list_image_actions",
    { id: "x" },
    /^id\[0\]: must be a whole number from 1 to 9007199254740991, not "x"$/,
  ],
  ["hcloud_list_image_actions", { id: [] }, /^id: must not be empty/],
  [
    "hcloud_list_image_actions",
    { status: "done" },
    /^status\[0\]: must be one of running, success, error, not "done"$/,
  ],
  [
    "hcloud_list_image_actions",
    { sort: "progress" },
    /^sort\b.*must be one of id, command, status, started, finished/,
  ],
  [
    "hcloud_list_image_actions",
    { per_page: 100 },
    /^per_page: must be a whole number from 1 to 50, not 100$/,
  ],
  [
    "hcloud_list_image_actions",
    { page: 0 },
    /^page: must be a whole number from 1 to 9007199254740991, not 0$/,
  ],
  ["hcloud_list_image_actions", { page: 1e29 }, /^page: must be a whole number .*, not 1e\+29$/],
  ["hcloud_list_image_actions", { image_id: 1 }, /^unknown argument "image_id"/],
  ["hcloud_list_actions_for_image", {}, /^id: is required/],
  ["hcloud_list_actions_for_image", { id: [PROTECTED, 1] }, /^id: must be a whole number/],
  ["hcloud_list_actions_for_image", { id: 1, sort: "name" }, /^sort\b/],
  ["hcloud_get_image_action", {}, /^id: is required/],
  ["hcloud_get_image_action", { id: LARGEST + 1 }, /^id: must be a whole number .*, not 9007199254740992$/],
  ["hcloud_get_action_for_image", { id: 1 }, /^action_id: is required/],
  ["hcloud_get_action_for_image", { action_id: 1 }, /^id: is required/],
  [
    "hcloud_get_action_for_image",
    { id: 1, action: 2 },
    /unknown argument "action"\. Did you mean "action_id"\?/,
  ],
])("%s refuses %j before anything is sent", async (tool, args, sentence) => {
  const harness = await start();
  const told = failure(await harness.call(tool, args));
  expect(
    told.split("\n").some((line) => sentence.test(line)),
    told,
  ).toBe(true);
  expect(told).toContain("Nothing was sent.");
  expect(harness.simulator.requests).toEqual([]);
});
