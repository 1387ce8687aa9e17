import fc from "fast-check";
import { expect, test } from "vitest";
import type { Action, Image } from "../../src/hcloud/types.ts";
import { start } from "../support/answers.ts";
import { EVERY_IMAGE } from "../support/cleanup.ts";
import type { Answer, Harness } from "../support/harness.ts";
import { spoils } from "../support/hostile-replies.ts";
import { openapi } from "../support/openapi.ts";
import { snapshot } from "../support/random-images.ts";
import "../support/figures.ts";

const CASES = 3000;
const SEED = 20261123;

/** Requests of one call at the most; the images fill two pages, and can be read three times. */
const MOST = 60;

const IMAGES: Image[] = [
  snapshot(1, { labels: { env: "prod" }, created_from: { id: 43, name: "db-1" } }),
  snapshot(2, { protection: { delete: true } }),
  snapshot(3, { status: "creating", image_size: null }),
  snapshot(4, { labels: { "bin/due": "2026-11-20", "bin/role": "web" } }),
  ...Array.from({ length: 56 }, (_, i) => snapshot(i + 5)),
];

const action = (id: number, status: string): Action => ({
  id,
  command: "create_image",
  status,
  progress: 50,
  started: "2026-01-01T00:00:00Z",
  finished: null,
  resources: [{ id: 1, type: "image" }],
  error: null,
});
const ACTIONS = [action(101, "success"), action(102, "running")];

/** What reached the cloud in the first test and is not in the OpenAPI document. */
const forbidden: string[] = [];

/** A call, and whether its code is asked for and given first. */
type Case = [tool: string, args: Record<string, unknown>, confirmed?: "confirmed"];

const GATED: Case[] = [
  ["hcloud_delete_image", { id: 1 }],
  ["hcloud_delete_images", { ids: [1, 4, 5] }],
  ["hcloud_update_image", { id: 1, labels: {} }],
  ["hcloud_edit_image_labels", { ids: [1, 4], set: { env: "staging" } }],
  ["hcloud_change_image_protection", { id: 2, delete: false }],
];

const CALLS: Case[] = [
  ["hcloud_list_images", {}],
  ["hcloud_list_images", { type: ["snapshot"], per_page: 50 }],
  ["hcloud_get_image", { id: 1 }],
  ["hcloud_report_images", {}],
  ["hcloud_report_images", { group_by: "server" }],
  ["hcloud_plan_image_cleanup", EVERY_IMAGE],
  ["hcloud_plan_image_cleanup", { older_than_days: 1, keep_daily: 2 }],
  ["hcloud_wait_for_image", { id: 1 }],
  ["hcloud_wait_for_image", { id: 3 }],
  ["hcloud_wait_for_image", { action_id: 102 }],
  ["hcloud_list_image_actions", {}],
  ["hcloud_get_image_action", { id: 101 }],
  ["hcloud_list_actions_for_image", { id: 1 }],
  ["hcloud_get_action_for_image", { id: 1, action_id: 101 }],
  ["hcloud_update_image", { id: 1, description: "new" }],
  ["hcloud_change_image_protection", { id: 1, delete: true }],
  ["hcloud_plan_image_cleanup", { bin: "due" }],
  ["hcloud_bin_images", { ids: [1, 5, 6], hide: true }],
  ["hcloud_restore_images", { ids: [1, 4] }],
  ["hcloud_edit_image_labels", { ids: [5], set: { role: "web" } }],
  ...GATED,
  ...GATED.map(([tool, args]): Case => [tool, args, "confirmed"]),
];

function reset({ simulator }: Harness): void {
  simulator.intercept = undefined;
  simulator.requests.length = 0;
  simulator.state.images = new Map(IMAGES.map((image) => [image.id, structuredClone(image)]));
  simulator.state.actions = new Map(ACTIONS.map((one) => [one.id, structuredClone(one)]));
}

/** Whether the answer says that there is nothing, where a list is what was asked for. */
function isEmptyList(tool: string, answer: Answer): boolean {
  if (answer.isError) return false;
  const { data } = answer;
  if (tool.startsWith("hcloud_list_")) return (data["rows"] as unknown[]).length === 0;
  return tool === "hcloud_report_images" && (data["total"] as { images: number }).images === 0;
}

test("random API responses are answered in time and in plain sentences, and cause no unconfirmed change", async (context) => {
  const harness = await start({ images: IMAGES, rateLimit: 1e9, actionMs: 0 });
  const { simulator, clock, call } = harness;
  let failed = 0;

  const cases = fc.sample(fc.record({ call: fc.constantFrom(...CALLS), spoil: spoils }), {
    numRuns: CASES,
    seed: SEED,
  });
  for (const [
    index,
    {
      call: [tool, args, confirmed],
      spoil: { acts, from, all },
    },
  ] of cases.entries()) {
    reset(harness);
    const code = confirmed ? (await call(tool, args)).data["confirm"] : undefined;
    simulator.requests.length = 0;
    const sent: unknown[] = [];
    simulator.intercept = (_, response, apply) => {
      const { status, headers, body } = apply();
      const nth = sent.length;
      const isSpoilt = nth === from || (all && nth > from);
      const spoilt = isSpoilt ? acts.reduce((value, act) => act(value), structuredClone(body)) : body;
      sent.push(spoilt);
      response.writeHead(status, headers).end(body === undefined ? undefined : JSON.stringify(spoilt));
      return "handled";
    };
    const began = clock.now();
    const shown = `case ${index}: ${tool} ${JSON.stringify(args)} ${confirmed ?? ""}`;
    const answer = await call(tool, code === undefined ? args : { ...args, confirm: code });

    expect(clock.now() - began, shown).toBeLessThanOrEqual(45_000);
    expect(simulator.requests.length, shown).toBeLessThanOrEqual(MOST);
    if (answer.isError) {
      failed++;
      expect(answer.text, shown).toMatch(/\([a-z_]+(, correlation id [\w-]+)?\)/);
      expect(answer.text, shown).not.toMatch(/internal_error|undefined|\[object|\n\s+at /);
      expect(answer.text.length, shown).toBeLessThan(2000);
    }
    if (isEmptyList(tool, answer)) {
      const lists = sent.map(
        (body) =>
          (body as { images?: unknown; actions?: unknown }).images ?? (body as { actions?: unknown }).actions,
      );
      expect(
        lists.some((list) => Array.isArray(list) && list.length === 0),
        shown,
      ).toBe(true);
    }
    for (const { method, path, query, body } of simulator.requests) {
      const problems = openapi?.checkRequest(method, path, query, body) ?? [];
      if (problems.length > 0) forbidden.push(`${method} ${path} ${body}: ${problems}, in ${shown}`);
    }
    const ids = (args["ids"] ?? [args["id"]]) as number[];
    for (const { method, path } of simulator.writes()) {
      expect(ids, shown).toContain(Number(path.split("/")[2]));
      if (method === "DELETE") expect(confirmed, shown).toBe("confirmed");
    }
  }
  // So that both ways of answering were looked at.
  expect(failed).toBeGreaterThan(CASES / 10);
  expect(failed).toBeLessThan((CASES * 9) / 10);
  context.task.meta.figures = {
    "calls with spoilt replies": CASES,
    "requests of one of them": `at most ${MOST}`,
    "changes that were not confirmed": 0,
  };
}, 120_000);

test.skipIf(openapi === null)(
  "calls after random API responses send only requests that the OpenAPI document allows",
  () => {
    expect(forbidden).toEqual([]);
  },
);
