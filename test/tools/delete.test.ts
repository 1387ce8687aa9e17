import { describe, expect, test } from "vitest";
import { OngoingDeletions } from "../../src/hcloud/ongoing-deletions.ts";
import { NO_RULES } from "../../src/housekeeping/rules.ts";
import type { CallContext, Tool } from "../../src/tool.ts";
import { deleteImage } from "../../src/tools/delete-image.ts";
import { BACKUPS_COST } from "../../src/tools/money.ts";
import {
  APP,
  alter,
  BACKUP,
  CREATING,
  changes,
  expectFailure,
  expectMistake,
  expectUntouched,
  HOSTILE,
  lines,
  MISSING,
  PROTECTED,
  question,
  SNAPSHOT,
  SYSTEM,
  start,
  stored,
} from "../support/answers.ts";
import { startCloud } from "../support/cloud.ts";

describe("hcloud_delete_image without a code", () => {
  test("a call without a code deletes nothing, and shows the whole image", async () => {
    const harness = await start();
    const before = stored(harness, SNAPSHOT);
    const { preview, refused, confirm } = question(
      await harness.call("hcloud_delete_image", { id: SNAPSHOT }),
    );
    expect(confirm).toMatch(
      new RegExp(`^delete snapshot ${SNAPSHOT}, 3\\.87 GB, shop-staging #[2-9a-z]{12}$`),
    );
    expect(preview).toEqual({
      will: `delete snapshot ${SNAPSHOT}: 3.87 GB, saves 0.06 EUR a month`,
      cannot_be_undone: expect.any(String),
      image: {
        id: SNAPSHOT,
        type: "snapshot",
        status: "available",
        description: "before checkout rewrite",
        created: "2026-05-17T16:40:12Z",
        age_days: 189,
        image_size: 3.87,
        disk_size: 40,
        created_from: { id: 88, name: "shop-staging" },
        os_flavor: "debian",
        os_version: "12",
        architecture: "x86",
        labels: { env: "staging", app: "shop" },
      },
      saves_per_month: { currency: "EUR", net: "0.06", gross: "0.07" },
    });
    expect(refused).toBeUndefined();
    expect(lines(harness.simulator.requests).toSorted()).toEqual([
      "GET /images",
      `GET /images/${SNAPSHOT}`,
      "GET /pricing",
    ]);
    expectUntouched(harness, before);
  });

  test("a preview shows the server of a backup", async () => {
    const harness = await start();
    const { preview } = question(await harness.call("hcloud_delete_image", { id: BACKUP }));
    expect(preview).toMatchObject({
      will: `delete backup ${BACKUP}: 8.61 GB. It is the only backup of its server`,
      image: { bound_to: 77 },
    });
    expectUntouched(harness, stored(harness, BACKUP));
  });

  test("a preview does not repeat an unknown type in its sentence", async () => {
    const harness = await start();
    alter(harness, SNAPSHOT, { type: "backup 1; keep" });
    const { preview } = question(await harness.call("hcloud_delete_image", { id: SNAPSHOT }));
    expect(preview).toMatchObject({
      will: `delete image ${SNAPSHOT}: 3.87 GB`,
      image: { type: "backup 1; keep" },
    });
  });

  test("a preview shows a hostile description only as a value", async () => {
    const harness = await start();
    const answer = await harness.call("hcloud_delete_image", { id: HOSTILE });
    const { preview } = question(answer);
    expect(preview["will"]).toMatch(
      new RegExp(`^delete snapshot ${HOSTILE}: [\\d.]+ GB, saves [\\d.]+ EUR a month$`),
    );
    expect(preview["cannot_be_undone"]).not.toContain("SYSTEM");
    expect(answer.text).not.toMatch(/[\p{Cc}\p{Cf}]|\\u00|\\n/u);
  });
});

test.each([
  [
    SNAPSHOT,
    { description: "before checkout rewrite", server: "shop-staging (88)", gb: 3.87 },
    { saves_per_month: { currency: "EUR", net: "0.06", gross: "0.07" } },
  ],
  [BACKUP, { description: "build-arm backup", server: "build-arm (77)", gb: 8.61 }, { money: BACKUPS_COST }],
])("deletes image %i with its code, says what it was, and sends nothing else", async (id, was, money) => {
  const harness = await start();
  const { confirm } = question(await harness.call("hcloud_delete_image", { id }));
  const others = [...harness.simulator.state.images.keys()].filter((other) => other !== id);
  expect((await harness.call("hcloud_delete_image", { id, confirm })).data).toEqual({
    summary: expect.stringMatching(new RegExp(`^Deleted \\w+ ${id}: ${was.gb} GB`)),
    status: "done",
    deleted: { id, ...was },
    ...money,
  });
  expect(changes(harness)).toEqual([[`DELETE /images/${id}`, undefined]]);
  expect([...harness.simulator.state.images.keys()]).toEqual(others);
});

describe("images that hcloud_delete_image refuses", () => {
  test.each([
    ["system", SYSTEM],
    ["app", APP],
  ])("a %s image is refused at the preview, with the reason and the next step", async (type, id) => {
    const harness = await start();
    const answer = await harness.call("hcloud_delete_image", { id });
    expectFailure(answer, "invalid_input", id, type, "snapshots and backups", "hcloud_list_images");
    expectUntouched(harness, stored(harness, id));
  });

  test("a protected image is refused at the preview, and its protection is not lifted", async () => {
    const harness = await start();
    const before = stored(harness, PROTECTED);
    const answer = await harness.call("hcloud_delete_image", { id: PROTECTED });
    expectFailure(answer, "protected", PROTECTED, "hcloud_change_image_protection");
    expectUntouched(harness, before);
  });

  test("a missing image is refused at the preview", async () => {
    const { call, simulator } = await start();
    expectFailure(await call("hcloud_delete_image", { id: MISSING }), "not_found", "hcloud_list_images");
    expect(simulator.writes()).toEqual([]);
  });

  test.each([SYSTEM, PROTECTED, MISSING])(
    "image %i is also refused with the code of another image",
    async (id) => {
      const { call, simulator } = await start();
      const { confirm } = question(await call("hcloud_delete_image", { id: SNAPSHOT }));
      expect((await call("hcloud_delete_image", { id, confirm })).isError).toBe(true);
      expect(simulator.writes()).toEqual([]);
    },
  );
});

test("an image that is still being created is refused as locked", async () => {
  const harness = await start();
  const { confirm } = question(await harness.call("hcloud_delete_image", { id: CREATING }));
  // The API's own words are quoted.
  const answer = await harness.call("hcloud_delete_image", { id: CREATING, confirm });
  expectFailure(answer, "locked", "still being created");
  expect(lines(harness.simulator.writes())).toEqual([`DELETE /images/${CREATING}`]);
  expect(harness.simulator.state.images.has(CREATING)).toBe(true);
});

test("an image that is protected after the last read keeps its protection", async () => {
  const harness = await start();
  const { confirm } = question(await harness.call("hcloud_delete_image", { id: SNAPSHOT }));
  harness.simulator.intercept = ({ method }) => {
    if (method === "DELETE") alter(harness, SNAPSHOT, { protection: { delete: true } });
  };
  const answer = await harness.call("hcloud_delete_image", { id: SNAPSHOT, confirm });
  expectFailure(answer, "protected", "hcloud_change_image_protection");
  expect(lines(harness.simulator.writes())).toEqual([`DELETE /images/${SNAPSHOT}`]);
  expect(stored(harness, SNAPSHOT).protection.delete).toBe(true);
});

test("a deletion that nobody agreed to is refused, even when the gate is bypassed", async () => {
  const { hcloud, simulator } = await startCloud();
  const { run } = deleteImage as Extract<Tool, { effect: "destructive"; bulk?: undefined }>;
  const call = { rules: NO_RULES, ongoingDeletions: new OngoingDeletions() } as unknown as CallContext;
  await expect(run({ id: SNAPSHOT }, hcloud, call, null)).rejects.toMatchObject({ code: "protected" });
  expect(simulator.writes()).toEqual([]);
});

test.each<[args: Record<string, unknown>, argument: string, ...facts: string[]]>([
  [{}, "id", "required"],
  [{ id: "362118904.0" }, "id", '"362118904.0"'],
  [{ id: [SNAPSHOT, BACKUP] }, "id", "[362118904,399011806]"],
  [{ id: SNAPSHOT, force: true }, "", "unknown", '"force"'],
  [{ id: SNAPSHOT, confirmed: "yes" }, "", "unknown", '"confirmed"', '"confirm"'],
])("%j is refused before anything is sent", async (args, argument, ...facts) => {
  const { call, simulator } = await start();
  expectMistake(await call("hcloud_delete_image", args), argument, ...facts);
  expect(simulator.requests).toEqual([]);
});
