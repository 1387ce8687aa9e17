/** Calls as models send them concern the images that the advertised form of the same call concerns. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import {
  changes,
  expectFailure,
  expectMistake,
  failure,
  PROTECTED,
  question,
  start,
  stored,
} from "../support/answers.ts";
import { DELETE, PLAN } from "../support/cleanup.ts";
import type { Harness } from "../support/harness.ts";
import { lenientCalls } from "../support/lenient-calls.ts";
import { snapshot } from "../support/random-images.ts";

const SERVERS = [null, { id: 42, name: "web-1" }, { id: 43, name: "db-1" }];
const LABELS: Record<string, string>[] = [
  { env: "prod" },
  { env: "prod", a: "web", "1": "" },
  { role: "web" },
  {},
];

/** Twenty snapshots and ten backups of all kinds. */
const IMAGES: Image[] = Array.from({ length: 30 }, (_, i) =>
  snapshot(i + 1, {
    created: new Date(Date.UTC(2026, i % 11, 1 + i)).toISOString(),
    created_from: SERVERS[i % 3] ?? null,
    labels: { ...LABELS[i % 4], ...(i % 7 === 0 && { keep: "" }) },
    protection: { delete: i % 11 === 0 },
    architecture: i % 5 === 0 ? "arm" : "x86",
    ...(i >= 20 && { type: "backup", bound_to: i % 2 === 0 ? 42 : 43 }),
  }),
);

/** What a call sent, what it changed, and what it answered but for its code; the project is as before afterwards. */
async function observe({ call, simulator }: Harness, tool: string, args: Record<string, unknown>) {
  const answer = await call(tool, args);
  const { confirm, ...data } = answer.isError ? { error: /\((\w+)/.exec(answer.text)?.[1] } : answer.data;
  const sent = simulator.requests.map(({ method, path, query, body }) => [method, path, query, body]).sort();
  const { images } = simulator.state;
  simulator.requests.length = 0;
  simulator.state.images = new Map(IMAGES.map((image) => [image.id, structuredClone(image)]));
  const told = JSON.stringify(data).replaceAll(/correlation id \w+/g, "");
  return { told, sent, images, asksFirst: confirm !== undefined };
}

test.each(["hcloud_list_images", PLAN, DELETE, "hcloud_edit_image_labels"])(
  "%s concerns the same images, whatever the form of its arguments",
  async (tool) => {
    const harness = await start({ images: structuredClone(IMAGES), rateLimit: 1e9 });
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(lenientCalls(tool), async ({ strict, lenient }) => {
        const expected = await observe(harness, tool, strict);
        expect(await observe(harness, tool, lenient)).toEqual(expected);
        answered += Number(!expected.told.includes('"error"'));
      }),
      { seed: 20261123, numRuns: 150 },
    );
    expect(answered).toBeGreaterThan(40);
  },
);

test("a code for one form of a call works for another form of the same call", async () => {
  const harness = await start({ images: structuredClone(IMAGES) });
  const { confirm } = question(
    await harness.call("hcloud_edit_image_labels", { ids: "2,3", set: "env=dev", remove: "role" }),
  );
  const strict = { ids: [3, 2], set: { env: "dev" }, remove: ["role"], confirm };
  expect((await harness.call("hcloud_edit_image_labels", strict)).data["status"]).toBe("done");
  expect(changes(harness)).toHaveLength(2);
});

test.each(["false", "true", ["false"], [false], 0, "no"])(
  "protection is not lifted on a guess: delete %j is refused",
  async (wanted) => {
    const harness = await start();
    const args = { id: PROTECTED, delete: wanted };
    expectFailure(await harness.call("hcloud_change_image_protection", args), "invalid_input");
    expect(harness.simulator.requests).toEqual([]);
    expect(stored(harness, PROTECTED).protection.delete).toBe(true);
  },
);

test.each(["true", ["true"], [true], 1])("no group is emptied on a guess: %j is refused", async (allow) => {
  const harness = await start();
  const args = { older_than_days: 1, allow_empty_groups: allow };
  expectFailure(await harness.call(PLAN, args), "invalid_input");
  expect(harness.simulator.requests).toEqual([]);
});

test("a refusal names the invalid value on one short line", async () => {
  const { call } = await start();
  const type = [`\u202e\n${"x".repeat(100_000)}`];
  const told = failure(await call(PLAN, { keep_last: 1, type })).split("\n");
  expect(told[0]).toMatch(/^type: .*snapshot, backup.*\["\\nxxx.*\(\+\d+ characters\)$/);
  expect(told[0]?.length).toBeLessThan(200);
  expect(told).toHaveLength(2);
  const deep = JSON.parse("[".repeat(1_000) + "]".repeat(1_000));
  expectMistake(await call(PLAN, { keep_last: 1, type: deep }), "type", "snapshot, backup");
});
