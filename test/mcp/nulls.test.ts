/** Some hosts send null or "" for whatever was not given. */

import { expect, test } from "vitest";
import {
  BACKUP,
  changes,
  expectMistake,
  expectUntouched,
  failure,
  lines,
  PROTECTED,
  question,
  SNAPSHOT,
  start,
  stored,
} from "../support/answers.ts";

test.each<[tool: string, args: { id: number } & Record<string, unknown>]>([
  ["hcloud_delete_image", { id: SNAPSHOT }],
  ["hcloud_update_image", { id: SNAPSHOT, labels: { env: "prod" } }],
  ["hcloud_update_image", { id: BACKUP, type: "snapshot", labels: null, description: null }],
  ["hcloud_change_image_protection", { id: PROTECTED, delete: false }],
])("null for the code of %s %j is a call without one: it shows the preview", async (tool, args) => {
  const harness = await start();
  const before = stored(harness, args.id);
  const { refused, confirm } = question(await harness.call(tool, { ...args, confirm: null }));
  expect(refused).toBeUndefined();
  expectUntouched(harness, before);

  expect((await harness.call(tool, { ...args, confirm })).data["status"]).toBe("done");
  expect(changes(harness)).toHaveLength(1);
});

test("null for a member of an update omits that member from the request", async () => {
  const harness = await start();
  const args = { id: SNAPSHOT, description: "x", type: null, labels: null, confirm: null };
  expect((await harness.call("hcloud_update_image", args)).data["status"]).toBe("done");
  expect(changes(harness)).toEqual([[`PUT /images/${SNAPSHOT}`, { description: "x" }]]);
});

test("a code for a call with nulls works for the same call without them", async () => {
  const harness = await start();
  const args = { id: SNAPSHOT, labels: { env: "prod" } };
  const { confirm } = question(await harness.call("hcloud_update_image", { ...args, description: null }));
  expect((await harness.call("hcloud_update_image", { ...args, confirm })).data["status"]).toBe("done");
});

test.each<[tool: string, args: Record<string, unknown>, path: string]>([
  ["hcloud_list_images", { type: "", name: "", label_selector: "", page: "", colour: "" }, "GET /images"],
  ["hcloud_get_image", { id: SNAPSHOT, confirm: "" }, `GET /images/${SNAPSHOT}`],
])('"" is an argument that is not given: %s %j', async (tool, args, path) => {
  const { call, simulator } = await start();
  expect((await call(tool, args)).isError).toBe(false);
  expect(simulator.requests.map(({ method, path, query }) => [`${method} ${path}`, query])).toEqual([
    [path, []],
  ]);
});

test('"" for the code is a call without a code, and "" for labels leaves them unchanged', async () => {
  const harness = await start();
  const before = stored(harness, SNAPSHOT);
  question(await harness.call("hcloud_delete_image", { id: SNAPSHOT, confirm: "" }));
  failure(await harness.call("hcloud_update_image", { id: SNAPSHOT, labels: "", type: "" }));
  expectUntouched(harness, before);
});

test('"" is a valid description and a valid label value', async () => {
  const harness = await start();
  const args = { id: SNAPSHOT, description: "" };
  // A host may have filled it in: what clears a description is asked about.
  const { confirm } = question(await harness.call("hcloud_update_image", args));
  await harness.call("hcloud_update_image", { ...args, confirm });
  await harness.call("hcloud_edit_image_labels", { ids: SNAPSHOT, set: { fresh: "" } });
  expect(stored(harness, SNAPSHOT)).toMatchObject({ description: "", labels: { fresh: "" } });
});

test("an unknown argument with the value null counts as not given", async () => {
  const { call, simulator } = await start();
  expect((await call("hcloud_get_image", { id: SNAPSHOT, colour: null })).data["id"]).toBe(SNAPSHOT);
  expect(lines(simulator.requests)).toEqual([`GET /images/${SNAPSHOT}`]);
});

test.each([
  ["hcloud_get_image", { id: null }, "id"],
  ["hcloud_delete_image", { id: null, confirm: null }, "id"],
  ["hcloud_change_image_protection", { id: SNAPSHOT, delete: null }, "delete"],
  ["hcloud_get_action_for_image", { id: SNAPSHOT, action_id: null }, "action_id"],
])("null for a required argument is reported as missing: %s %j", async (tool, args, missing) => {
  const { call, simulator } = await start();
  expectMistake(await call(tool, args), missing, "required");
  expect(simulator.requests).toEqual([]);
});
