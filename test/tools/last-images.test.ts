/** Deletions by id that leave a server without an image: preview and form say so. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { Simulator } from "../../src/simulator/http.ts";
import { changeBody } from "../support/all-images.ts";
import { answering, apiError, expectFailure, lines, question, start } from "../support/answers.ts";
import { aged, DELETE, EVERY_IMAGE, isDelete, onRequest, PLAN } from "../support/cleanup.ts";
import { ESSENCE_CHARS } from "../support/form-text.ts";
import { ERAS, no, startForms, yes } from "../support/forms.ts";

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

describe("servers with two architectures", () => {
  const arm = { architecture: "arm" };

  test("a server is counted and named once", async () => {
    const { summary, groups_left_empty } = await lastOf({ ids: [1, 2, 4] }, [
      of(1, WEB),
      of(2, WEB, arm),
      of(4, OLD),
    ]);
    expect(summary).toContain("Leaves 2 servers without any snapshot.");
    expect(groups_left_empty).toHaveLength(2);
  });

  test.each<Partial<Image>>([{ labels: { "bin/due": "2026-12-07" } }, { status: "unavailable" }])(
    "a snapshot of the other architecture with %o is not denied",
    async (rest) => {
      const { summary } = await lastOf({ id: 4 }, [of(4, OLD), of(5, OLD, { ...arm, ...rest })]);
      expect(summary).toContain("Leaves its server without an available snapshot outside the bin.");
    },
  );
});

describe("a plan by policy", () => {
  const LABELLED = IMAGES.map((image) => ({ ...image, labels: image.id === 2 ? {} : { env: "old" } }));

  test.each<[what: string, args: object]>([
    ["by server", { ...EVERY_IMAGE, server: "old-shop" }],
    ["by label, in one group", { label_selector: "env=old", keep_last: 1, group_by: "none" }],
    ["by description, in one group", { ...EVERY_IMAGE, description_contains: "image 4", group_by: "none" }],
  ])("the plan and its form name a server that is left without a snapshot: %s", async (_, args) => {
    const harness = await startForms({ images: LABELLED });
    harness.person = no;
    const { data } = await harness.call(PLAN, { ...args });
    expect(data["summary"]).toMatch(/Leaves 2 servers without any snapshot|It is the only snapshot/);
    expect(data["groups_left_empty"]).toContain("old-shop (19)");
    await harness.call(DELETE, { confirm: data["confirm"], count: data["total"] });
    expect(harness.forms[0]?.message.replace(/\s+/g, " ")).toMatch(
      /Leaves .*old-shop \(19\).* without any snapshot|It is the only snapshot of old-shop \(19\)/,
    );
  });

  test("the plan says nothing of a server that keeps a snapshot outside its filter", async () => {
    const { call } = await start({ images: LABELLED });
    const { data } = await call(PLAN, { ...EVERY_IMAGE, label_selector: "env=old", server: "web-1" });
    expect(data["total"]).toBe(1);
    expect(data["summary"]).not.toMatch(/without|only/);
    expect(data["last_of_its_server"]).toBeUndefined();
  });
});

describe("an image that becomes the last one of its server after its preview", () => {
  const REASON = expect.stringContaining("may be the last usable image of its server");

  /** Ways in which the other snapshot of web-1 stops to count. */
  const LOSSES: [how: string, rest: Partial<Image> | null][] = [
    ["deleted", null],
    ["marked deleted", { deleted: "2026-11-22T12:00:00Z" }],
    ["put into the bin", { labels: { "bin/due": "2026-12-07" } }],
    ["unavailable", { status: "unavailable" }],
    ["said to be of another server", { created_from: OLD }],
  ];

  function lose(simulator: Simulator, rest: Partial<Image> | null, id = 2) {
    if (rest === null) simulator.state.images.delete(id);
    else simulator.state.images.set(id, of(id, WEB, rest));
  }

  describe.each([
    ["newer", 1, 2],
    ["older", 2, 1],
  ])("the %s one of two", (_, id, other) => {
    test.each(LOSSES)(
      "is not deleted once the other is %s; the next preview says why, and its code works",
      async (_, rest) => {
        const { call, simulator } = await start({ images: IMAGES });
        const { confirm } = question(await call(REMOVE, { id }));
        lose(simulator, rest, other);
        expectFailure(await call(REMOVE, { id, confirm }), "conflict", id);
        expect(simulator.writes()).toEqual([]);
        const again = await call(REMOVE, { id });
        expect(again.data["summary"]).toMatch(/only snapshot|without an available snapshot/);
        expect((await call(REMOVE, { id, confirm: again.data["confirm"] })).data["status"]).toBe("done");
        expect(simulator.state.images.has(id)).toBe(false);
      },
    );
  });

  test("of a plan by the former name of a server, it is skipped once the other is gone", async () => {
    const images = [of(1, WEB), of(2, { ...WEB, name: "web-new" })];
    const { call, simulator } = await start({ images });
    const { data: plan } = await call(PLAN, { ...EVERY_IMAGE, server: "web-1" });
    expect(plan["total"]).toBe(1);
    lose(simulator, null);
    const { data } = await call(DELETE, { confirm: plan["confirm"], count: 1 });
    expect(data).toMatchObject({ deleted: [], skipped: [{ id: 1, why: REASON }] });
  });

  test.each(LOSSES)("of a plan by label, it is skipped once the other is %s", async (_, rest) => {
    const images = IMAGES.map((image) => ({ ...image, labels: image.id === 2 ? {} : { env: "old" } }));
    const { call, simulator } = await start({ images });
    const args = { ...EVERY_IMAGE, label_selector: "env=old", server: ["web-1", "old-shop"] };
    const { data: plan } = await call(PLAN, args);
    lose(simulator, rest);
    const { data } = await call(DELETE, { confirm: plan["confirm"], count: 2 });
    expect(data).toMatchObject({ deleted: [4], skipped: [{ id: 1, why: REASON }] });
    expect(simulator.state.images.has(1)).toBe(true);
  });

  test.each(LOSSES)("of many images, it is skipped once the other is %s", async (_, rest) => {
    const { call, simulator } = await start({ images: IMAGES });
    const { confirm } = question(await call(DELETE, { ids: [1, 4, 5] }));
    lose(simulator, rest);
    const { data } = await call(DELETE, { confirm, count: 3 });
    expect(data).toMatchObject({ deleted: [4, 5], skipped: [{ id: 1, why: REASON }] });
    expect(data["next"]).toMatch(/call again with its id and without confirm/);
    expect(simulator.state.images.has(1)).toBe(true);
  });

  test("of two images of one server, only the newest is kept when the third is gone", async () => {
    const { call, simulator } = await start({ images: [...IMAGES, of(6, WEB)] });
    const { confirm } = question(await call(DELETE, { ids: [1, 6] }));
    lose(simulator, null);
    const { data } = await call(DELETE, { confirm, count: 2 });
    expect(data).toMatchObject({ deleted: [6], skipped: [{ id: 1, why: REASON }] });
  });

  test.each(["one after the other", "at the same time"])(
    "of two calls that each were shown the other's image as the rest, confirmed %s, one deletes nothing",
    async (when) => {
      const { call, simulator } = await start({ images: IMAGES });
      const codes = [question(await call(REMOVE, { id: 1 })), question(await call(REMOVE, { id: 2 }))];
      const confirmed = [1, 2].map((id, i) => () => call(REMOVE, { id, confirm: codes[i]?.confirm }));
      if (when === "at the same time") await Promise.all(confirmed.map((run) => run()));
      else for (const run of confirmed) await run();
      expect([1, 2].filter((id) => simulator.state.images.has(id))).toHaveLength(1);
      expect(simulator.writes()).toHaveLength(1);
    },
  );

  /** Deletes the images with their code; while the confirmed call gets its list, more than a second passes and others change. */
  async function deleteByOldList(ids: number[], images: readonly Image[], gone: number[]) {
    const { call, simulator, clock } = await start({ images: [...images] });
    const { confirm } = question(await call(DELETE, { ids }));
    simulator.requests.length = 0;
    const change = changeBody((body) => {
      for (const id of gone) lose(simulator, null, id);
      clock.pass(1_001);
      return body;
    });
    simulator.intercept = (request, ...rest) => (isList(request) ? change(request, ...rest) : undefined);
    const { data } = await call(DELETE, { confirm, count: ids.length });
    return { data, reads: lines(simulator.requests) };
  }

  test("it is kept when the other goes between the list and the deletion", async () => {
    const { data } = await deleteByOldList([1], IMAGES, [2]);
    expect(data).toMatchObject({ deleted: [], skipped: [{ id: 1, why: REASON }] });
  });

  test("it is kept when a newer one remains that is in the bin", async () => {
    const binned = of(6, WEB, { created: "2026-11-22T12:00:00Z", labels: { "bin/due": "2026-12-07" } });
    const { data } = await deleteByOldList([1], [...IMAGES, binned], [2]);
    expect(data).toMatchObject({ deleted: [], skipped: [{ id: 1, why: REASON }] });
  });

  test("it is kept when a newer one that is kept instead goes as well", async () => {
    const { data } = await deleteByOldList([1, 6], [...IMAGES, of(6, WEB)], [1, 2]);
    expect(data["deleted"]).toEqual([]);
    expect(data["skipped"]).toContainEqual({ id: 6, why: REASON });
  });

  test("only one of the images that remain is read again", async () => {
    const { data, reads } = await deleteByOldList([1], [...IMAGES, of(6, WEB), of(7, WEB)], []);
    expect(data["deleted"]).toEqual([1]);
    expect(reads.filter((line) => /GET \/images\/[267]/.test(line))).toEqual(["GET /images/2"]);
  });

  test.each<[what: string, rest: Partial<Image>]>([
    ["in the bin", { labels: { "bin/due": "2026-12-07" } }],
    ["not available", { status: "unavailable" }],
  ])("the usable one of two is kept, not a newer one that is %s", async (_, rest) => {
    const { call, simulator } = await start({ images: [of(1, WEB, rest), of(2, WEB), of(6, WEB)] });
    const { confirm } = question(await call(DELETE, { ids: [1, 2] }));
    lose(simulator, null, 6);
    const { data } = await call(DELETE, { confirm, count: 2 });
    expect(data).toMatchObject({ deleted: [1], skipped: [{ id: 2, why: REASON }] });
  });

  test("an image that is gone is not taken for the one that is kept", async () => {
    const { call, simulator } = await start({ images: [of(1, WEB), of(2, WEB), of(6, WEB)] });
    const [first, second] = [await call(DELETE, { ids: [1, 6] }), await call(DELETE, { ids: [1, 2] })];
    await call(DELETE, { confirm: question(first).confirm, count: 2 });
    const { data } = await call(DELETE, { confirm: question(second).confirm, count: 2 });
    expect(data["skipped"]).toContainEqual({ id: 2, why: REASON });
    expect(data["skipped"]).not.toContainEqual({ id: 1, why: REASON });
    expect([...simulator.state.images.keys()]).toEqual([2]);
  });

  test("a list that misses an image does not hide that it is the last one", async () => {
    const { call, simulator } = await start({ images: IMAGES });
    const { confirm } = question(await call(REMOVE, { id: 1 }));
    lose(simulator, null);
    const miss = changeBody((body) => ({ ...body, images: body.images.slice(1) }));
    simulator.intercept = (request, ...rest) => (isList(request) ? miss(request, ...rest) : undefined);
    expectFailure(await call(REMOVE, { id: 1, confirm }), "conflict", 1);
    expect(simulator.writes()).toEqual([]);
  });

  describe("what the user was told is true of", () => {
    const TWO = [of(1, WEB), of(2, WEB)];

    test.each([
      [DELETE, { except: [1], count: 1 }],
      [DELETE, { ids: [2] }],
      [PLAN, { except: [1], count: 1 }],
    ])("all targets of the server together: after %s, %j keeps the rest", async (tool, choice) => {
      const { call, simulator } = await start({ images: TWO });
      const { data } = await call(tool, { ids: [1, 2] });
      lose(simulator, null, 1);
      const done = await call(DELETE, { confirm: data["confirm"], ...choice });
      expect(done.data["skipped"]).toContainEqual({ id: 2, why: REASON });
      expect(simulator.state.images.has(2)).toBe(true);
    });

    test("all of them still, in the code for what remains after a call that ended early and kept one", async () => {
      const { call, simulator } = await start({ images: TWO });
      const { confirm } = question(await call(DELETE, { ids: [1, 2] }));
      simulator.intercept = answering("GET", "/images", apiError(403, "forbidden"));
      const { data } = await call(DELETE, { confirm, except: [1], count: 1 });
      expect(data).toMatchObject({ deleted: [], remaining: 1 });
      simulator.intercept = undefined;
      lose(simulator, null, 1);
      const rest = await call(DELETE, { confirm: data["confirm"], count: 1 });
      expect(rest.data["skipped"]).toContainEqual({ id: 2, why: REASON });
      expect(simulator.state.images.has(2)).toBe(true);
    });

    test("that code only: a preview of both, which was turned down, changes nothing for the codes of each", async () => {
      const { call, simulator } = await start({ images: TWO });
      const one = question(await call(REMOVE, { id: 1 })).confirm;
      const two = question(await call(REMOVE, { id: 2 })).confirm;
      await call(DELETE, { ids: [1, 2] });
      await call(REMOVE, { id: 1, confirm: one });
      expectFailure(await call(REMOVE, { id: 2, confirm: two }), "conflict", 2);
      expect([...simulator.state.images.keys()]).toEqual([2]);
    });

    test("that code still, when each was looked at alone since", async () => {
      const { call, simulator } = await start({ images: TWO });
      const { confirm } = question(await call(DELETE, { ids: [1, 2] }));
      for (const id of [1, 2]) await call(REMOVE, { id });
      expect((await call(DELETE, { confirm, count: 2 })).data["status"]).toBe("done");
      expect(simulator.state.images.size).toBe(0);
    });

    test("the code for what remains after a call that ended early", async () => {
      const ids = [1, 2, 3, 4, 5];
      const images = ids.map((id) => of(id, WEB));
      const { call, simulator, clock } = await start({ images, limits: { connections: 1 } });
      const { confirm } = question(await call(DELETE, { ids }));
      simulator.intercept = onRequest(1, isDelete, () => clock.pass(30_000));
      const { data } = await call(DELETE, { confirm, count: 5 });
      expect(data).toMatchObject({ status: "incomplete", remaining: 1 });
      expect((await call(DELETE, { confirm: data["confirm"], count: 1 })).data["status"]).toBe("done");
      expect(simulator.state.images.size).toBe(0);
    });

    test.each(ERAS)("the form that was answered, whatever other forms say meanwhile, in %s", async (era) => {
      const harness = await startForms({ images: TWO, era });
      const both = (await harness.call(DELETE, { ids: [1, 2] })).data["confirm"];
      let declined: Promise<unknown> | undefined;
      harness.person = (form) => {
        if (/2\s+snapshots/.test(form.message)) return no(form, 3_000);
        declined ??= harness.client
          .callTool({ name: DELETE, arguments: { confirm: String(both), count: 2 } })
          .then(() => lose(harness.simulator, null));
        return yes(form, 9_000);
      };
      expectFailure(await harness.call(REMOVE, { id: 1 }), "conflict", 1);
      await declined;
      expect(harness.simulator.writes()).toEqual([]);
    });
  });

  test("after a deletion with unknown outcome, no sentence claims that the other image is gone", async () => {
    const { call, simulator } = await start({ images: IMAGES });
    const [one, two] = [await call(REMOVE, { id: 1 }), await call(REMOVE, { id: 2 })];
    simulator.intercept = (request, response) => {
      if (!isDelete(request)) return;
      response.destroy();
      return "handled";
    };
    expectFailure(await call(REMOVE, { id: 1, confirm: question(one).confirm }), "outcome_unknown");
    simulator.intercept = undefined;
    const refused = await call(REMOVE, { id: 2, confirm: question(two).confirm });
    expectFailure(refused, "conflict", "another call may still delete them", "wait a minute");
  });

  test("it is kept when the other goes while the form is open, and the next form says that it is the only one", async () => {
    const harness = await startForms({ images: IMAGES });
    harness.person = (form, number) => {
      if (number === 1) lose(harness.simulator, null);
      return yes(form);
    };
    expectFailure(await harness.call(REMOVE, { id: 1 }), "conflict", 1);
    expect(harness.simulator.writes()).toEqual([]);
    expect((await harness.call(REMOVE, { id: 1 })).data["status"]).toBe("done");
    expect(harness.forms[1]?.message.replace(/\s+/g, " ")).toContain(
      "It is the only snapshot of web-1 (42).",
    );
  });

  test("a list that fails stops the deletion before it is sent", async () => {
    const { call, simulator } = await start({ images: IMAGES });
    const { confirm } = question(await call(REMOVE, { id: 1 }));
    simulator.intercept = answering("GET", "/images", apiError(403, "forbidden"));
    expectFailure(await call(REMOVE, { id: 1, confirm }), "forbidden");
    expect(simulator.writes()).toEqual([]);
  });

  test.each<[said: string, ids: number[], deleted: number[]]>([
    ["its last one", [4], [4]],
    ["not its last one", [1, 4], [4]],
  ])("of a plan by ids, an image that was said to be %s", async (_, ids, deleted) => {
    const { call, simulator } = await start({ images: IMAGES });
    const { data } = await call(PLAN, { ids });
    lose(simulator, null);
    const done = await call(DELETE, { confirm: data["confirm"], count: ids.length });
    expect(done.data["deleted"]).toEqual(deleted);
  });

  test("images of a type that the API adds later are not listed with the others of its server", async () => {
    const { call, simulator } = await start({ images: [...IMAGES, of(6, WEB, { type: "template" })] });
    const { confirm } = question(await call(DELETE, { ids: [1, 6] }));
    simulator.requests.length = 0;
    expect((await call(DELETE, { confirm, count: 2 })).data["deleted"]).toContain(1);
    expect(simulator.requests.filter(isList).map(({ query }) => query)).toEqual([
      expect.arrayContaining([["type", "snapshot"]]),
    ]);
  });

  test("an image of no server is deleted without a list", async () => {
    const { call, simulator } = await start({ images: [of(1, null)] });
    const { confirm } = question(await call(REMOVE, { id: 1 }));
    const lists = simulator.requests.filter(isList).length;
    expect((await call(REMOVE, { id: 1, confirm })).data["status"]).toBe("done");
    expect(simulator.requests.filter(isList)).toHaveLength(lists);
  });
});
