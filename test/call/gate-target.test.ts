import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import {
  alter,
  expectUntouched,
  failure,
  lines,
  question,
  SNAPSHOT,
  start,
  stored,
} from "../support/answers.ts";
import type { Harness } from "../support/harness.ts";

const UPDATE = "hcloud_update_image";
const DELETE = "hcloud_delete_image";

async function ask(harness: Harness, tool: string, args: Record<string, unknown>) {
  return question(await harness.call(tool, args));
}

describe("a target that changed since it was shown", () => {
  const OTHER: [what: string, change: Partial<Image>][] = [
    ["description", { description: "something else" }],
    ["labels", { labels: { env: "staging", app: "shop", keep: "" } }],
    ["status", { status: "unavailable" }],
    ["type", { type: "template" }],
    ["size", { image_size: 99 }],
    ["disk", { disk_size: 99 }],
    ["time", { created: "2026-01-01T00:00:00Z" }],
    ["source", { created_from: null }],
    ["server", { bound_to: 42 }],
    ["system", { os_version: "99" }],
    ["architecture", { architecture: "arm" }],
  ];
  test.each(OTHER)("in its %s is shown anew, and only the new code works", async (_, change) => {
    const harness = await start();
    const { confirm } = await ask(harness, DELETE, { id: SNAPSHOT });
    alter(harness, SNAPSHOT, change);
    const fresh = await ask(harness, DELETE, { id: SNAPSHOT, confirm });
    expect(fresh.refused).toBe(
      "The target has changed since this code was shown, or the code is mistyped. This is a fresh preview.",
    );
    expectUntouched(harness, stored(harness, SNAPSHOT));
    await harness.call(DELETE, { id: SNAPSHOT, confirm: fresh.confirm });
    expect(lines(harness.simulator.writes())).toEqual([`DELETE /images/${SNAPSHOT}`]);
  });

  test("in its protection is refused for that", async () => {
    const harness = await start();
    const { confirm } = await ask(harness, DELETE, { id: SNAPSHOT });
    alter(harness, SNAPSHOT, { protection: { delete: true } });
    expect(failure(await harness.call(DELETE, { id: SNAPSHOT, confirm }))).toMatch(/\(protected\)$/);
    expectUntouched(harness, stored(harness, SNAPSHOT));
  });

  test("in the labels that would be lost is shown with those", async () => {
    const harness = await start();
    const args = { id: SNAPSHOT, labels: { env: "staging" } };
    const { confirm } = await ask(harness, UPDATE, args);
    alter(harness, SNAPSHOT, { labels: { env: "staging", app: "shop", legal: "hold" } });
    const { refused, preview } = await ask(harness, UPDATE, { ...args, confirm });
    expect(refused).toMatch(/^The target has changed/);
    expect(preview["labels_lost"]).toEqual({ app: "shop", legal: "hold" });
    expectUntouched(harness, stored(harness, SNAPSHOT));
  });

  test("and back is the one that was shown: the code works", async () => {
    const harness = await start();
    const before = stored(harness, SNAPSHOT);
    const { confirm } = await ask(harness, DELETE, { id: SNAPSHOT });
    alter(harness, SNAPSHOT, { description: "something else" });
    await ask(harness, DELETE, { id: SNAPSHOT, confirm });
    alter(harness, SNAPSHOT, before);
    expect((await harness.call(DELETE, { id: SNAPSHOT, confirm })).data["status"]).toBe("done");
  });

  test("only in its age is the same one", async () => {
    const harness = await start();
    harness.clock.pass(12 * 3_600_000 - 1000);
    const { confirm } = await ask(harness, DELETE, { id: SNAPSHOT });
    harness.clock.pass(60_000);
    expect((await harness.call(DELETE, { id: SNAPSHOT, confirm })).data["status"]).toBe("done");
  });

  test("and is gone is an error, and nothing is sent", async () => {
    const harness = await start();
    const { confirm } = await ask(harness, DELETE, { id: SNAPSHOT });
    harness.simulator.state.images.delete(SNAPSHOT);
    expect(failure(await harness.call(DELETE, { id: SNAPSHOT, confirm }))).toContain("not_found");
    expect(harness.simulator.writes()).toEqual([]);
  });
});
