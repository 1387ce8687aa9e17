import { describe, expect, test } from "vitest";
import {
  APP,
  alter,
  answering,
  apiError,
  BACKUP,
  CREATING,
  expectFailure,
  expectMistake,
  HOSTILE,
  lines,
  MISSING,
  PROTECTED,
  question,
  SNAPSHOT,
  SYSTEM,
  start,
  UNLABELLED,
} from "../support/answers.ts";
import { byNumber, DELETE, deletedIds, deletionsOf, many, PLAN } from "../support/cleanup.ts";

const THREE = [SNAPSHOT, UNLABELLED, BACKUP];

describe("hcloud_delete_images without a code", () => {
  test("a call without a code deletes nothing, and shows the images with their size and savings", async () => {
    const harness = await start();
    const { preview, confirm, expires_at, refused } = question(await harness.call(DELETE, { ids: THREE }));
    expect(preview).toEqual({
      will: "delete 3 images: 18.06 GB, saves 0.14 EUR a month, snapshots only. Leaves 1 server without any backup",
      cannot_be_undone: "a deleted image cannot be restored by anyone",
      gb: 18.06,
      saves_per_month: { currency: "EUR", net: "0.14", gross: "0.16" },
      last_of_its_server: [BACKUP],
      groups_left_empty: ["build-arm (77)"],
      columns: expect.arrayContaining(["id", "type", "description", "created", "image_size", "labels"]),
      rows: [expect.anything(), expect.anything(), expect.anything()],
    });
    expect((preview["rows"] as unknown[][]).map(([id]) => id)).toEqual(THREE);
    expect(confirm).toMatch(/^delete 3 images, 18\.06 GB, .* #[2-9a-z]{12}$/);
    expect(Date.parse(expires_at) - harness.clock.time).toBe(3_600_000);
    expect(refused).toBeUndefined();
    expect(harness.simulator.writes()).toEqual([]);
    expect(lines(harness.simulator.requests).sort()).toEqual(
      ["GET /images", "GET /pricing", ...THREE.map((id) => `GET /images/${id}`)].sort(),
    );
  });

  test("a preview lists the images that cannot be deleted, with the reason", async () => {
    const harness = await start();
    const { call, simulator } = harness;
    alter(harness, UNLABELLED, { deleted: "2026-11-23T11:00:00Z" });
    const ids = [SNAPSHOT, PROTECTED, SYSTEM, APP, MISSING, UNLABELLED];
    const { preview } = question(await call(DELETE, { ids }));
    expect(preview["will"]).toMatch(/^delete snapshot \d+: 3\.87 GB/);
    expect(preview["not_deletable"]).toEqual([
      { id: PROTECTED, why: "protected" },
      { id: SYSTEM, why: "system image of Hetzner" },
      { id: APP, why: "app image of Hetzner" },
      { id: MISSING, why: "not found" },
      { id: UNLABELLED, why: "already deleted" },
    ]);
    expect(simulator.writes()).toEqual([]);
  });

  test("the code of a preview covers the deletable ones of its ids", async () => {
    const harness = await start();
    const all = [...harness.simulator.state.images.values()];
    const ids = [PROTECTED, SNAPSHOT, SYSTEM, CREATING, MISSING];
    const { confirm, preview } = question(await harness.call(DELETE, { ids }));
    expect(preview["not_deletable"]).toContainEqual({ id: CREATING, why: "still being created" });
    const answer = deletionsOf(await harness.call(DELETE, { ids, confirm }));
    expect(answer).toMatchObject({ status: "done", deleted: [SNAPSHOT] });
    expect(deletedIds(harness, all)).toEqual([SNAPSHOT]);
  });

  test("a call fails with all reasons when none of its images can be deleted", async () => {
    const { call, simulator } = await start();
    const answer = await call(DELETE, { ids: [PROTECTED, SYSTEM, MISSING] });
    const reasons = [
      `${PROTECTED} (protected)`,
      `${SYSTEM} (system image of Hetzner)`,
      `${MISSING} (not found)`,
    ];
    expectFailure(answer, "invalid_input", ...reasons);
    expect(simulator.writes()).toEqual([]);
  });

  test("a call fails when an image cannot be read, because no code may cover an unseen image", async () => {
    const { call } = await start({
      intercept: answering("GET", `/images/${UNLABELLED}`, apiError(401, "unauthorized", "no")),
    });
    expectFailure(await call(DELETE, { ids: THREE }), "unauthorized");
  });

  test("a preview shows a hostile description only as a value", async () => {
    const { call } = await start();
    const answer = await call(DELETE, { ids: [HOSTILE] });
    const { preview } = question(answer);
    expect(`${preview["will"]}${preview["cannot_be_undone"]}`).not.toContain("SYSTEM");
    expect(answer.text).not.toMatch(/[\p{Cc}\p{Cf}]|\\u00|\\n/u);
  });

  test("a preview in demo mode begins by stating that the project is simulated", async () => {
    const { call } = await start({ demo: true });
    const { preview } = question(await call(DELETE, { ids: THREE }));
    expect(Object.keys(preview)[0]).toBe("project");
  });

  test("a preview has unknown costs without the right to read prices", async () => {
    const { call } = await start({
      intercept: answering("GET", "/pricing", apiError(403, "forbidden", "no")),
    });
    const { preview } = question(await call(DELETE, { ids: THREE }));
    expect(preview).not.toHaveProperty("saves_per_month");
    expect(preview["money"]).toMatch(/^unknown: .*\(forbidden\)$/);
  });
});

describe("arguments of hcloud_delete_images", () => {
  test.each<[args: Record<string, unknown>, argument: string, ...facts: string[]]>([
    [{}, "ids", "required", PLAN],
    [{ count: 3 }, "ids", "required", PLAN],
    [{ ids: [] }, "ids", "1 to 100"],
    [{ ids: [1, 2, 1] }, "ids", "1 twice"],
    [{ ids: many(101).map(({ id }) => id) }, "ids", "1 to 100"],
    [{ ids: [0] }, "ids[0]", "1 to 9007199254740991"],
    [{ ids: [1, 2.5] }, "ids[1]", "2.5"],
    [{ ids: ["1x"] }, "ids[0]", '"1x"'],
    [{ ids: "1 2" }, "ids[0]", '"1 2"'],
    [{ ids: [1], count: 0 }, "count", "1 to 100000"],
    [{ ids: [1, 2], count: 3 }, "count", "number of ids"],
    [{ id: 1 }, "", "unknown", '"id"'],
    [{ ids: [1], confirm: true }, "confirm", "code", "true"],
    [{ ids: [1, 1], confirm: "x" }, "ids", "1 twice"],
  ])("invalid arguments are refused, and nothing is sent: %j", async (args, argument, ...facts) => {
    const { call, simulator } = await start();
    expectMistake(await call(DELETE, args), argument, ...facts);
    expect(simulator.requests).toEqual([]);
  });
});

describe("hcloud_delete_images with the code of its preview", () => {
  test("the code of a preview deletes its images, each once, and nothing else", async () => {
    const harness = await start();
    const all = [...harness.simulator.state.images.values()];
    const { confirm } = question(await harness.call(DELETE, { ids: THREE }));
    const answer = deletionsOf(await harness.call(DELETE, { ids: THREE, confirm }));
    expect(answer).toEqual({
      summary: expect.stringMatching(/^Deleted 3 images: 18\.06 GB/),
      status: "done",
      deleted: expect.any(Array),
      freed_gb: 18.06,
      saves_per_month: { currency: "EUR", net: "0.14", gross: "0.16" },
    });
    expect(answer.deleted.toSorted(byNumber)).toEqual(THREE.toSorted(byNumber));
    expect(deletedIds(harness, all).sort(byNumber)).toEqual(THREE.toSorted(byNumber));
    expect(lines(harness.simulator.writes()).sort()).toEqual(
      THREE.map((id) => `DELETE /images/${id}`).sort(),
    );
  });

  test("the code of a preview accepts its ids in any order, or only their number", async () => {
    for (const args of [{ ids: THREE.toReversed() }, { count: 3 }, { ids: THREE, count: 3 }]) {
      const { call, simulator } = await start();
      const { confirm } = question(await call(DELETE, { ids: THREE }));
      expect(deletionsOf(await call(DELETE, { ...args, confirm })).deleted).toHaveLength(3);
      expect(simulator.writes()).toHaveLength(3);
    }
  });

  test("the code of a preview deletes only the ids given", async () => {
    const harness = await start();
    const all = [...harness.simulator.state.images.values()];
    const { confirm } = question(await harness.call(DELETE, { ids: THREE }));
    const answer = deletionsOf(await harness.call(DELETE, { ids: [BACKUP], confirm }));
    expect(answer).toMatchObject({ status: "done", deleted: [BACKUP] });
    expect(deletedIds(harness, all)).toEqual([BACKUP]);
  });

  test.each([[[SNAPSHOT, HOSTILE]], [[HOSTILE]], [[...THREE, MISSING]], [[SNAPSHOT, CREATING]]])(
    "an id that the code does not cover is refused, and the code remains valid: %j",
    async (ids) => {
      const { call, simulator } = await start();
      const { confirm } = question(await call(DELETE, { ids: [...THREE, PROTECTED] }));
      const asked = simulator.requests.length;
      expectMistake(await call(DELETE, { ids, confirm }), "ids", "code", ids.at(-1) ?? "");
      expect(simulator.requests).toHaveLength(asked);
      expect(deletionsOf(await call(DELETE, { ids: THREE, confirm })).deleted).toHaveLength(3);
    },
  );

  test("the result has each id that was given with the code, also one that the preview named as not deletable", async () => {
    const { call } = await start();
    const ids = [...THREE, PROTECTED];
    const { confirm } = question(await call(DELETE, { ids }));
    const answer = await call(DELETE, { ids, count: 3, confirm });
    expect(deletionsOf(answer).deleted.toSorted(byNumber)).toEqual(THREE.toSorted(byNumber));
    expect(deletionsOf(answer)).toMatchObject({
      status: "done",
      skipped: [{ id: PROTECTED, why: "protected" }],
    });
    expect(answer.data["summary"]).toContain("; 1 skipped.");
  });

  test("a count that includes an id that the preview named as not deletable is refused", async () => {
    const { call, simulator } = await start();
    const ids = [...THREE, PROTECTED];
    const { confirm } = question(await call(DELETE, { ids }));
    expectMistake(await call(DELETE, { ids, count: 4, confirm }), "count", "number of images", "ids");
    expect(simulator.writes()).toEqual([]);
    expect(deletionsOf(await call(DELETE, { count: 3, confirm })).deleted).toHaveLength(3);
  });

  test("a wrong count deletes nothing, and leaves the code valid", async () => {
    const { call, simulator } = await start();
    const { confirm } = question(await call(DELETE, { ids: THREE }));
    const asked = simulator.requests.length;
    expectMistake(await call(DELETE, { count: 2, confirm }), "count", "number of images");
    for (const args of [
      { ids: THREE, count: 4 },
      { ids: [BACKUP], count: 3 },
    ]) {
      expectMistake(await call(DELETE, { ...args, confirm }), "count", "number of ids");
    }
    expect(simulator.requests).toHaveLength(asked);
    expect(deletionsOf(await call(DELETE, { ids: THREE, confirm })).deleted).toHaveLength(3);
  });

  test("no policy applies to images that the user named: even the newest of a group is deleted", async () => {
    const { call, simulator } = await start({ images: many(3) });
    const { confirm } = question(await call(DELETE, { ids: [1001, 1002, 1003] }));
    const asked = simulator.requests.length;
    expect(deletionsOf(await call(DELETE, { confirm, count: 3 })).deleted).toHaveLength(3);
    expect(lines(simulator.requests.slice(asked))).not.toContain("GET /images");
  });

  test("a call deletes nothing and is not done when all images were protected after the preview", async () => {
    const harness = await start();
    const { confirm } = question(await harness.call(DELETE, { ids: THREE }));
    for (const id of THREE) alter(harness, id, { protection: { delete: true } });
    expect(deletionsOf(await harness.call(DELETE, { ids: THREE, confirm }))).toEqual({
      summary: "Deleted 0 images; 3 skipped.",
      status: "unchanged",
      deleted: [],
      freed_gb: 0,
      skipped: THREE.map((id) => ({ id, why: "protected" })),
    });
    expect(harness.simulator.writes()).toEqual([]);
  });

  test("a call deletes a hundred images", async () => {
    const images = many(100);
    const harness = await start({ images });
    const ids = images.map(({ id }) => id);
    const { confirm } = question(await harness.call(DELETE, { ids }));
    expect(deletionsOf(await harness.call(DELETE, { ids, confirm })).deleted).toHaveLength(100);
    expect(harness.simulator.state.images.size).toBe(0);
  });

  test("an image that the preview called not deletable is kept, although it has become deletable", async () => {
    const harness = await start();
    const { confirm } = question(await harness.call(DELETE, { ids: [SNAPSHOT, PROTECTED] }));
    alter(harness, PROTECTED, { protection: { delete: false } });
    expect(deletionsOf(await harness.call(DELETE, { confirm, count: 1 })).deleted).toEqual([SNAPSHOT]);
    expect(harness.simulator.state.images.has(PROTECTED)).toBe(true);
  });
});
