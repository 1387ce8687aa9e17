/** Deletions by id that leave a server without an image: preview and form say so. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { answering, apiError, lines, question, start } from "../support/answers.ts";
import { aged, DELETE, EVERY_IMAGE, onRequest, PLAN } from "../support/cleanup.ts";
import { ESSENCE_CHARS } from "../support/form-text.ts";
import { startForms } from "../support/forms.ts";

const REMOVE = "hcloud_delete_image";
const WEB = { id: 42, name: "web-1" };
const OLD = { id: 19, name: "old-shop" };
const DB = { id: 7, name: "db-1" };
const isList = ({ path }: { path: string }) => path === "/images";

const of = (id: number, created_from: Image["created_from"], rest: Partial<Image> = {}) =>
  aged(id, id, { created_from, description: `image ${id}`, ...rest });

/** Web-1 has two snapshots and a backup, old-shop and db-1 one snapshot each. */
const IMAGES = [of(1, WEB), of(2, WEB), of(3, WEB, { type: "backup", bound_to: 42 }), of(4, OLD), of(5, DB)];

/** What a preview says about servers that are left without an image. */
async function lastOf(args: { id: number } | { ids: number[] }, images: readonly Image[] = IMAGES) {
  const { call } = await start({ images: [...images] });
  const { data } = await call("id" in args ? REMOVE : DELETE, args);
  const { last_of_its_server, groups_left_empty } = data["preview"] as Record<string, unknown>;
  return { summary: String(data["summary"]), last_of_its_server, groups_left_empty };
}

const NOTHING = { last_of_its_server: undefined, groups_left_empty: undefined };

describe("hcloud_delete_image", () => {
  test("the preview of a server's only snapshot says that it is the only one", async () => {
    const { summary, ...shown } = await lastOf({ id: 4 });
    expect(summary).toMatch(/^Would delete snapshot 4: .*\. It is the only snapshot of its server\. Nothing/);
    expect(shown).toEqual({ ...NOTHING, groups_left_empty: ["old-shop (19)"] });
  });

  test("the preview of a server's only backup says so although the server keeps snapshots", async () => {
    const { summary } = await lastOf({ id: 3 });
    expect(summary).toContain("It is the only backup of its server.");
  });

  test.each<[what: string, id: number, images: readonly Image[]]>([
    ["the server keeps another snapshot", 1, IMAGES],
    ["the image is of no server", 1, [of(1, null)]],
    ["the image is of a type that the API adds later", 1, [of(1, WEB, { type: "template" })]],
  ])("the preview says nothing of the server when %s", async (_, id, images) => {
    const { summary, ...shown } = await lastOf({ id }, images);
    expect(summary).toMatch(
      /^Would delete [^.]*[\d.]+ GB[^.]*(\.\d\d EUR a month)?\. Nothing changed yet\.$/,
    );
    expect(shown).toEqual(NOTHING);
  });

  test.each<[what: string, rest: Partial<Image>]>([
    ["in the bin", { labels: { "bin/due": "2026-12-07" } }],
    ["not available", { status: "unavailable" }],
  ])(
    "a snapshot that is %s does not count as one that the server keeps, and is not denied",
    async (_, rest) => {
      const { summary, groups_left_empty } = await lastOf({ id: 4 }, [...IMAGES, of(6, OLD, rest)]);
      expect(summary).toContain("Leaves its server without an available snapshot outside the bin.");
      expect(groups_left_empty).toEqual(["old-shop (19)"]);
    },
  );

  test("a snapshot that the API has deleted is no other one", async () => {
    const { summary } = await lastOf({ id: 4 }, [...IMAGES, of(6, OLD, { deleted: "2026-11-22T12:00:00Z" })]);
    expect(summary).toContain("It is the only snapshot of its server.");
  });

  test("an image of another architecture does not count as one that the server keeps", async () => {
    const { summary } = await lastOf({ id: 4 }, [...IMAGES, of(6, OLD, { architecture: "arm" })]);
    expect(summary).toContain("It is the only snapshot of its architecture of its server.");
  });

  test("one list serves both the server and the same description, and the confirmed call reads none", async () => {
    const { call, simulator } = await start({ images: IMAGES });
    const { confirm } = question(await call(REMOVE, { id: 4 }));
    expect(simulator.requests.filter(isList)).toHaveLength(1);
    await call(REMOVE, { id: 4, confirm });
    expect(simulator.requests.filter(isList)).toHaveLength(1);
  });
});

describe("hcloud_delete_images", () => {
  test("the preview names the servers and the newest image of each that is left without one", async () => {
    const { summary, ...shown } = await lastOf({ ids: [1, 4, 5] });
    expect(summary).toContain("Leaves 2 servers without any snapshot.");
    expect(shown).toEqual({ last_of_its_server: [4, 5], groups_left_empty: ["old-shop (19)", "db-1 (7)"] });
  });

  test("the preview says nothing when each server keeps one, and lists no images that are of no server", async () => {
    expect(await lastOf({ ids: [1] })).toMatchObject(NOTHING);
    const { call, simulator } = await start({ images: [of(1, null), of(2, null)] });
    await call(DELETE, { ids: [1, 2] });
    expect(lines(simulator.requests)).not.toContainEqual(expect.stringMatching(/GET \/images(\?|$)/));
  });

  test("all images of one server together are its last ones, and the newest is named", async () => {
    expect(await lastOf({ ids: [1, 2] })).toMatchObject({
      summary: expect.stringContaining("Leaves 1 server without any snapshot."),
      last_of_its_server: [1],
    });
  });

  test("images of a type that is not listed beside the targets are not called the last ones", async () => {
    const images = [...IMAGES, of(6, OLD, { type: "template" })];
    expect(await lastOf({ ids: [1, 6] }, images)).toMatchObject(NOTHING);
    expect(await lastOf({ ids: [4, 6] }, images)).toMatchObject({ last_of_its_server: [4] });
  });

  test("snapshots and backups are counted apart", async () => {
    expect(await lastOf({ ids: [3, 4] })).toMatchObject({
      summary: expect.stringContaining(
        "Leaves 1 server without any backup; leaves 1 server without any snapshot.",
      ),
      groups_left_empty: ["web-1 (42), backups", "old-shop (19), snapshots"],
    });
  });

  test("many servers are counted in the summary, and ten are listed", async () => {
    const images = Array.from({ length: 30 }, (_, i) => of(i + 1, { id: 100 + i, name: `server-${i}` }));
    const { summary, groups_left_empty } = await lastOf({ ids: images.map(({ id }) => id) }, images);
    expect(summary).toContain("Leaves 30 servers without any snapshot.");
    expect(groups_left_empty).toHaveLength(11);
  });

  test("a plan by ids says the same", async () => {
    const { call } = await start({ images: IMAGES });
    const { data } = await call(PLAN, { ids: [1, 4] });
    expect(data).toMatchObject({ last_of_its_server: [4], groups_left_empty: ["old-shop (19)"] });
    expect(data["summary"]).toContain("Leaves 1 server without any snapshot. Nothing deleted yet.");
  });
});

test.each([
  [REMOVE, { id: 4 }, "its server keeps"],
  [DELETE, { ids: [1, 4] }, "their servers keep"],
])(
  "%s says that it is not known when the images cannot be listed, and its code works",
  async (tool, args, who) => {
    const { call, simulator } = await start({ images: IMAGES });
    simulator.intercept = onRequest(1, isList, answering("GET", "/images", apiError(403, "forbidden")));
    const { data } = await call(tool, args);
    expect(data["summary"]).toContain(`It is not known whether ${who} other images.`);
    expect((data["preview"] as Record<string, unknown>)["last_of_its_server"]).toBe(
      "unknown: the images could not be listed (forbidden)",
    );
    expect((await call(tool, { ...args, confirm: data["confirm"] })).data["status"]).toBe("done");
  },
);

describe("the form", () => {
  const formOf = async (args: Record<string, unknown>, tool = DELETE, images: readonly Image[] = IMAGES) => {
    const harness = await startForms({
      images: [...images],
      context: "the-shop-of-a-customer-with-a-long-name",
    });
    harness.person = () => ({ reply: { action: "decline" }, ms: 5_000 });
    const confirm = tool === DELETE ? { confirm: (await harness.call(tool, args)).data["confirm"] } : {};
    await harness.call(tool, { ...args, ...confirm });
    return harness.forms[0]?.message.slice(0, ESSENCE_CHARS).replace(/\s+/g, " ");
  };

  test("the beginning of the form says that the image is the only one of its server", async () => {
    const essence = await formOf({ id: 4 }, REMOVE);
    expect(essence).toContain("a month. It is the only snapshot of old-shop (19). Project:");
    expect(essence).toContain("cannot be restored");
  });

  test("the beginning of the form names the servers that are left without an image", async () => {
    const essence = await formOf({ ids: [1, 4, 5] });
    expect(essence).toContain("Leaves old-shop (19) and db-1 (7) without any snapshot. Project:");
    expect(essence).toContain("cannot be restored by anyone.");
  });

  test("the beginning of the form has all of it for a hundred images with long names, and some in the bin", async () => {
    const images = Array.from({ length: 100 }, (_, i) =>
      of(1001 + i, { id: 100 + i, name: `${"x".repeat(60)}-${i}` }, { image_size: 1_234.56 }),
    );
    const binned = of(999, { id: 100, name: "x" }, { labels: { "bin/due": "2026-12-07" } });
    const essence = await formOf({ ids: images.map(({ id }) => id) }, DELETE, [...images, binned]);
    expect(essence).toMatch(
      /month\. Leaves x{19}…, x{19}… and 98 more without an available snapshot outside/,
    );
    expect(essence).toContain("cannot be restored");
  });
});

test("a plan by policy reads no further list for its form", async () => {
  const harness = await startForms({ images: IMAGES });
  harness.person = () => ({ reply: { action: "decline" }, ms: 5_000 });
  const { data } = await harness.call(PLAN, EVERY_IMAGE);
  const lists = harness.simulator.requests.filter(isList).length;
  await harness.call(DELETE, { confirm: data["confirm"], count: data["total"] });
  expect(harness.forms).toHaveLength(1);
  expect(harness.simulator.requests.filter(isList)).toHaveLength(lists);
});
