/** No text of an image makes a preview say something else than what would be deleted. */

import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { startSimulator } from "../../src/simulator/http.ts";
import { alter, answering, expectFailure, question, refusal, SNAPSHOT, start } from "../support/answers.ts";
import {
  byNumber,
  codeOf,
  column,
  DELETE,
  deletedIds,
  deletionsOf,
  EVERY_IMAGE,
  PLAN,
  planOf,
} from "../support/cleanup.ts";
import type { Harness } from "../support/harness.ts";
import { HOSTILE_TEXTS, STRUCTURAL_KEYS } from "../support/hostile-text.ts";
import { expectSeen } from "../support/inert.ts";
import { snapshot } from "../support/random-images.ts";
import { callMessage, INITIALIZE, spawnCommand } from "../support/spawned.ts";

const SEED = { seed: 20261123, numRuns: 150 };

const text = fc.oneof(
  fc.constantFrom(...Object.values(HOSTILE_TEXTS).filter(({ length }) => length < 2_000)),
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme-composite" }),
  fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
);

/** Two to six images of any texts, with ids that begin alike, made on different days. */
const images: fc.Arbitrary<Image[]> = fc
  .array(
    fc.record({
      type: fc.constantFrom("snapshot", "backup"),
      description: text,
      name: fc.option(text),
      server: text,
      os_version: text,
      architecture: text,
      labels: fc.dictionary(fc.oneof(text, fc.constantFrom(...STRUCTURAL_KEYS)), text, { maxKeys: 4 }),
    }),
    { minLength: 2, maxLength: 6 },
  )
  .map((drafts) =>
    drafts.map(({ server, labels, ...draft }, i) =>
      snapshot([1, 10, 11, 100, 101, 110][i] ?? 0, {
        ...draft,
        labels: { ...labels },
        created: `2026-01-0${i + 1}T00:00:00Z`,
        created_from: { id: 42, name: server },
      }),
    ),
  );

/** Puts these images in the place of those that are there. */
function replace({ simulator }: Harness, project: readonly Image[]): void {
  simulator.state.images.clear();
  for (const image of project) simulator.state.images.set(image.id, image);
}

describe("previews of images with random text", () => {
  const KEYS = ["cannot_be_undone", "image"];
  const KIND = "(?:snapshot|backup)(?: of its architecture)?";
  const LEAVES = `[Ll]eaves (?:its server|\\d+ servers?) without any ${KIND}`;
  const LAST = `(?:\\. (?:It is the only ${KIND} of its server|${LEAVES}(?:; ${LEAVES})*))?`;
  const MORE = ["saves_per_month", "money", "same_description", "groups_left_empty", "will"];

  test("a preview of an image of random text names only its type and id, and exactly that image is deleted", async ({
    task,
  }) => {
    const harness = await start({ rateLimit: 10_000_000 });
    let previews = 0;
    await fc.assert(
      fc.asyncProperty(images, fc.nat(), async (project, pick) => {
        replace(harness, project);
        const said = new Map<string, number>();
        const codes = new Map<number, string>();
        for (const { id, type } of project) {
          const { preview, confirm } = question(await harness.call("hcloud_delete_image", { id }));
          const keys = Object.keys(preview);
          expect(keys.slice(0, KEYS.length)).toEqual(KEYS);
          expect(MORE).toEqual(expect.arrayContaining(keys.slice(KEYS.length)));
          expect(preview).toMatchObject({
            will: expect.stringMatching(
              new RegExp(`^delete ${type} ${id}: [\\d.]+ GB(?:, saves [\\d.]+ EUR a month)?${LAST}$`),
            ),
            cannot_be_undone: "a deleted image cannot be restored by anyone",
            image: { id, type },
          });
          said.set(String(preview["will"]), id);
          codes.set(id, confirm);
          previews++;
        }
        expect(said.size).toBe(project.length);
        const id = project[pick % project.length]?.id ?? 0;
        const { data } = await harness.call("hcloud_delete_image", { id, confirm: codes.get(id) });
        expect(data).toMatchObject({ status: "done", deleted: { id } });
        expect(deletedIds(harness, project)).toEqual([id]);
      }),
      SEED,
    );
    task.meta.figures = { "previews of images of random text": previews };
  });

  test("a preview of many images of random text lists exactly the ids that are then deleted", async ({
    task,
  }) => {
    const harness = await start({ rateLimit: 10_000_000 });
    let deletions = 0;
    await fc.assert(
      fc.asyncProperty(images, fc.nat(), async (project, pick) => {
        replace(harness, project);
        const ids = project.map(({ id }) => id).filter((_, i) => i === 0 || (pick >> i) % 2 === 0);
        const { preview, confirm } = question(await harness.call(DELETE, { ids }));
        const listed = (preview["rows"] as unknown[][]).map(([id]) => id);
        expect(preview["will"]).toMatch(
          new RegExp(
            `^delete (?:\\d+ (?:image|snapshot|backup)s|(?:image|snapshot|backup) \\d+): [\\d.]+ GB(?:, saves [\\d.]+ EUR a month(?:, snapshots only)?)?${LAST}$`,
          ),
        );
        expect((preview["columns"] as string[])[0]).toBe("id");
        expect(listed).toEqual(ids);
        const { deleted } = deletionsOf(await harness.call(DELETE, { confirm, count: ids.length }));
        expect(deleted.toSorted(byNumber)).toEqual(ids.toSorted(byNumber));
        expect(deletedIds(harness, project)).toEqual(ids);
        deletions += deleted.length;
      }),
      SEED,
    );
    task.meta.figures = { "images of random text deleted after a preview": deletions };
  });

  test("a plan over images of random text lists exactly the ids that are then deleted", async () => {
    await fc.assert(
      fc.asyncProperty(images, fc.nat(3), async (project, keep_last) => {
        const snapshots = project.map((image): Image => ({ ...image, type: "snapshot" }));
        // No id is used again in a project: a server that has deleted an image does not expect it back.
        const harness = await start({ images: snapshots });
        const answer = await harness.call(PLAN, {
          ...(keep_last ? { keep_last } : EVERY_IMAGE),
          group_by: "none",
        });
        const ids = column(planOf(answer), "id") as number[];
        const kept = snapshots.filter(({ labels }) => !Object.hasOwn(labels, "keep")).map(({ id }) => id);
        expect(ids).toEqual(kept.filter((id) => ids.includes(id)));
        if (ids.length === 0) return;
        const { deleted } = deletionsOf(
          await harness.call(DELETE, { confirm: codeOf(answer), count: ids.length }),
        );
        expect(deleted.toSorted(byNumber)).toEqual(ids);
        expect(deletedIds(harness, snapshots)).toEqual(ids);
      }),
      SEED,
    );
  });
});

describe("names that the server itself uses", () => {
  test("labels that are named like the server's own fields remain labels in previews and results", async () => {
    const harness = await start();
    const labels = Object.fromEntries(STRUCTURAL_KEYS.map((key) => [key, "done"]));
    alter(harness, SNAPSHOT, { labels });
    const image = (await harness.call("hcloud_get_image", { id: SNAPSHOT })).data;
    expect(image).toMatchObject({ id: SNAPSHOT, type: "snapshot", status: "available" });
    expect(Object.entries(image["labels"] as object)).toEqual(Object.entries(labels));
    const deletion = `delete snapshot ${SNAPSHOT}: 3.87 GB, saves 0.06 EUR a month`;
    for (const [tool, args, will] of [
      ["hcloud_delete_image", { id: SNAPSHOT }, deletion],
      [DELETE, { ids: [SNAPSHOT] }, deletion],
      ["hcloud_update_image", { id: SNAPSHOT, labels: {} }, `replace the labels of image ${SNAPSHOT}`],
      [
        "hcloud_edit_image_labels",
        { ids: [SNAPSHOT], remove: ["constructor", "status"] },
        `edit the labels of snapshot ${SNAPSHOT}; values are lost`,
      ],
    ] as const) {
      const { preview } = question(await harness.call(tool, args));
      expect(preview["will"]).toBe(will);
      // In an object, or as the text of a cell.
      expect(JSON.stringify(preview)).toMatch(/"constructor":"done"| constructor=done /);
    }
    expect(harness.simulator.writes()).toEqual([]);
  });

  test("members of a response that are named like those of every object are ignored", async () => {
    const { protection: _, labels: __, ...image } = snapshot(1);
    const inherited =
      '"__proto__":{"protection":{"delete":false},"labels":{}},"constructor":{"prototype":{"labels":{}}}';
    const body = `{"image":${JSON.stringify(image).replace(/}$/, `,${inherited}}`)}}`;
    const { call } = await start({ intercept: answering("GET", "/images/1", { status: 200, body }) });
    expectFailure(await call("hcloud_delete_image", { id: 1 }), "malformed_reply", "protection.delete");
  });

  test("a code inside a description does not confirm a call", async () => {
    const harness = await start();
    const fake = "mwtdd6da-26lpdq15r40u4fa";
    alter(harness, SNAPSHOT, { description: HOSTILE_TEXTS["a fake code"] ?? "" });
    for (const [tool, args] of [
      ["hcloud_delete_image", { id: SNAPSHOT }],
      [DELETE, { ids: [SNAPSHOT] }],
    ] as const) {
      const answer = await harness.call(tool, { ...args, confirm: fake });
      expect(refusal(answer)).toBe("unknown");
      expect(JSON.stringify(question(answer).preview)).toContain(fake);
    }
    expect(harness.simulator.writes()).toEqual([]);
  });
});

test("a process writes nothing invisible to stdout or stderr", async () => {
  const all = Object.values(HOSTILE_TEXTS).map((evil, i) =>
    snapshot(1001 + i, { description: evil, created_from: { id: 42, name: evil }, labels: { [evil]: evil } }),
  );
  const simulator = await startSimulator({ images: all, rateLimit: 1_000_000 });
  onTestFinished(() => simulator.close());
  const server = spawnCommand([], { HCLOUD_TOKEN: simulator.token, HCLOUD_ENDPOINT: simulator.endpoint });
  server.send(INITIALIZE);
  await server.nextLine();
  const ids = all.map(({ id }) => id);
  for (const [i, [tool, args]] of (
    [
      ["hcloud_list_images", { per_page: 50 }],
      [PLAN, { ...EVERY_IMAGE, group_by: "description" }],
      ["hcloud_report_images", { group_by: "server" }],
      [DELETE, { ids }],
      [DELETE, { ids, confirm: "no" }],
    ] as const
  ).entries()) {
    server.send(callMessage(i + 2, tool, args));
    expect(JSON.parse(await server.nextLine())).not.toHaveProperty("result.isError");
  }
  for (const line of server.lines) expectSeen(JSON.parse(line));
  expect(server.lines.filter((line) => /[\p{C}\p{Default_Ignorable_Code_Point}]/u.test(line))).toEqual([]);
  expect(server.stderr()).toMatch(/^(?:\{[ -~]*\}\n)+$/);
});
