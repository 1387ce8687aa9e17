import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { alter, CODE_IN_TEXT, expectMistake, start } from "../support/answers.ts";
import {
  aged,
  byNumber,
  codeOf,
  DELETE,
  deletedIds,
  deletionsOf,
  PLAN,
  planOf,
  selectedIds,
} from "../support/cleanup.ts";
import { randomProject } from "../support/random-images.ts";

const WEB = { created_from: { id: 1, name: "web" } };
const DB = { created_from: { id: 2, name: "db" } };

/** Three nightly snapshots and one by hand of each of two servers; the newest are 1 and 11. */
const IMAGES = [WEB, DB].flatMap((server, i) => [
  ...[1, 2, 3].map((n) => aged(n + i * 10, n, { ...server, description: `Nightly ${n}` })),
  aged(4 + i * 10, 4, { ...server, description: "before upgrade" }),
]);

async function selected(args: Record<string, unknown>, images: Image[] = IMAGES): Promise<number[]> {
  const { call } = await start({ images });
  return selectedIds(await call(PLAN, args)).sort(byNumber);
}

describe("hcloud_plan_image_cleanup with filters", () => {
  test.each<[Record<string, unknown>, number[]]>([
    [{ server: ["web"] }, [2, 3, 4]],
    [{ server: ["2"] }, [12, 13, 14]],
    [{ server: ["web", "db"], keep_last: 3 }, [4, 14]],
    [{ exclude_servers: ["web"], keep_last: 1 }, [12, 13, 14]],
    [{ description_contains: "nightly" }, [2, 3, 12, 13]],
    [{ description_contains: "before", allow_empty_groups: true }, [4, 14]],
    [{ server: ["web"], description_contains: "NIGHTLY", keep_last: 2 }, [3]],
    [{ server: ["web"], exclude_servers: ["web"] }, []],
  ])("a plan with filters considers only matching images: %j", async (args, ids) => {
    expect(await selected(args)).toEqual(ids);
  });

  test("a plan with filters equals the plan of a project that has only the matching images", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomProject,
        fc.constantFrom("web-1", "42", "43", "db-1"),
        async (images, server) => {
          const { call, simulator } = await start({ images });
          const answer = await call(PLAN, { server: [server], keep_last: 2 });
          if (answer.isError) {
            expect(
              images.some(({ created_from: from }) => [String(from?.id), from?.name].includes(server)),
            ).toBe(false);
            return;
          }
          const confirm = planOf(answer).confirm;
          const own = images.filter(({ created_from: from }) =>
            [String(from?.id), from?.name].includes(server),
          );
          for (const { id } of images)
            if (!own.some((image) => image.id === id)) simulator.state.images.delete(id);
          const alone = await call(PLAN, { keep_last: 2 });
          expect(planOf(answer).considered).toBe(planOf(alone).considered);
          expect(planOf(answer).rows).toEqual(planOf(alone).rows);
          expect(confirm === undefined).toBe(planOf(alone).confirm === undefined);
        },
      ),
      { numRuns: 60, seed: 20261129 },
    );
  });
});

describe("servers without images", () => {
  test.each<[args: Record<string, unknown>, argument: string, ...facts: string[]]>([
    [{ server: ["wbe"] }, "server", '"wbe"', "web"],
    [{ server: ["web", "dbb"] }, "server", '"dbb"', '"db"'],
    [{ exclude_servers: ["dbb"], keep_last: 1 }, "exclude_servers", '"dbb"', '"db"'],
    [{ server: ["3"] }, "server", '"3"'],
  ])("a server without images is refused, and nothing is planned: %j", async (args, argument, ...facts) => {
    const { call } = await start({ images: IMAGES });
    const answer = await call(PLAN, args);
    expectMistake(answer, argument, ...facts);
    expect(answer.text).not.toMatch(CODE_IN_TEXT);
  });
});

test("a renamed server remains excluded under its former names", async () => {
  const renamed = IMAGES.map((image) =>
    image.id === 11 ? { ...image, created_from: { id: 2, name: "database" } } : image,
  );
  expect(await selected({ exclude_servers: ["database"], keep_last: 1 }, renamed)).toEqual([2, 3, 4]);
});

describe("deletion of a filtered plan", () => {
  test("a filtered plan deletes its images, and none of another server", async () => {
    const harness = await start({ images: IMAGES });
    const confirm = codeOf(await harness.call(PLAN, { server: ["web"], keep_last: 2 }));
    expect(deletionsOf(await harness.call(DELETE, { confirm, count: 2 })).status).toBe("done");
    expect(deletedIds(harness, IMAGES)).toEqual([3, 4]);
  });

  test("an image that no longer matches the filter does not count as kept", async () => {
    const harness = await start({ images: IMAGES });
    const confirm = codeOf(await harness.call(PLAN, { description_contains: "nightly", server: ["web"] }));
    // The newest is no nightly one any more: now the next must be kept.
    alter(harness, 1, { description: "golden" });
    const { deleted, skipped } = deletionsOf(await harness.call(DELETE, { confirm, count: 2 }));
    expect(deleted).toEqual([3]);
    expect(skipped).toMatchObject([{ id: 2 }]);
    expect(deletedIds(harness, IMAGES)).toEqual([3]);
  });
});

test("a plan states its filters for the user's decision", async () => {
  const { call } = await start({ images: IMAGES });
  const { policy } = planOf(
    await call(PLAN, { server: ["web", "db"], exclude_servers: ["db"], description_contains: "nightly" }),
  );
  expect(policy).toMatch(/web.*db.*nightly/);
});
