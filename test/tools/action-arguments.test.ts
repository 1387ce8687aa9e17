import { expect, test } from "vitest";
import { expectMistake, PROTECTED, start } from "../support/answers.ts";

const LARGEST = Number.MAX_SAFE_INTEGER;

test.each<[tool: string, args: Record<string, unknown>, argument: string, ...facts: string[]]>([
  ["hcloud_list_image_actions", { id: "x" }, "id[0]", "1 to 9007199254740991"],
  ["hcloud_list_image_actions", { id: [] }, "id", "empty"],
  ["hcloud_list_image_actions", { status: "done" }, "status[0]", "running, success, error"],
  ["hcloud_list_image_actions", { sort: "progress" }, "sort[0]", "id, command, status, started, finished"],
  ["hcloud_list_image_actions", { per_page: 100 }, "per_page", "1 to 50"],
  ["hcloud_list_image_actions", { page: 0 }, "page", "1 to 9007199254740991"],
  ["hcloud_list_image_actions", { page: 1e29 }, "page", "1e+29"],
  ["hcloud_list_image_actions", { image_id: 1 }, "", "unknown", '"image_id"'],
  ["hcloud_list_actions_for_image", {}, "id", "required"],
  ["hcloud_list_actions_for_image", { id: [PROTECTED, 1] }, "id", "whole number"],
  ["hcloud_list_actions_for_image", { id: 1, sort: "name" }, "sort[0]"],
  ["hcloud_get_image_action", {}, "id", "required"],
  ["hcloud_get_image_action", { id: LARGEST + 1 }, "id", "9007199254740992"],
  ["hcloud_get_action_for_image", { id: 1 }, "action_id", "required"],
  ["hcloud_get_action_for_image", { action_id: 1 }, "id", "required"],
  ["hcloud_get_action_for_image", { id: 1, action: 2 }, "", "unknown", '"action"', '"action_id"'],
])("%s refuses %j before anything is sent", async (tool, args, argument, ...facts) => {
  const harness = await start();
  expectMistake(await harness.call(tool, args), argument, ...facts);
  expect(harness.simulator.requests).toEqual([]);
});
