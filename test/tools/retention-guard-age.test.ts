/** How old the reads are that the deletions of a plan rest on: at most two seconds, however slow the API is. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lines } from "../support/answers.ts";
import { byNumber, idIn, isDelete, isRead } from "../support/cleanup.ts";
import { BY_ROLE, group, type Planned, startPlanned, usable } from "../support/deletion.ts";

const isList = ({ path }: { path: string }) => path === "/images";

/** A plan that keeps `count` images of one group, on one connection, so that time passes in one place. */
async function planned(images: number, count: number): Promise<Planned> {
  const policy = { keep_last: count, ...BY_ROLE };
  return startPlanned(group(images), policy, { limits: { connections: 1 } });
}

/** What the confirmed call sends. */
async function sent({ simulator, carryOut }: Planned): Promise<string[]> {
  const asked = simulator.requests.length;
  await carryOut();
  return lines(simulator.requests.slice(asked)).filter((line) => line !== "GET /pricing");
}

describe("reads of kept images", () => {
  test.each([
    [1_000, []],
    [1_001, ["GET /images/1001", "GET /images/1002"]],
  ])(
    "kept images are not read again while the list is at most a second old: after %i ms",
    async (ms, again) => {
      const plan = await planned(3, 2);
      plan.simulator.intercept = (request) => (isList(request) ? plan.clock.pass(ms) : undefined);
      expect(await sent(plan)).toEqual(["GET /images", ...again, "GET /images/1003", "DELETE /images/1003"]);
    },
  );
});

test("one read of a kept image serves all deletions of the next second", async () => {
  const plan = await planned(7, 1);
  const { clock } = plan;
  // Two requests an image: with the first reads after 1.2 s, those of 250 ms each are too old after the second image.
  plan.simulator.intercept = (request) => clock.pass(isList(request) ? 1_200 : 250);
  const ages = (await sent(plan)).map((line) => line.replace("/images", ""));
  expect(ages).toEqual([
    ...["GET ", "GET /1001", "GET /1007", "DELETE /1007", "GET /1006", "DELETE /1006"],
    ...["GET /1001", "GET /1005", "DELETE /1005", "GET /1004", "DELETE /1004"],
    ...["GET /1001", "GET /1003", "DELETE /1003", "GET /1002", "DELETE /1002"],
  ]);
});

test("only the newest of the images that keep_within_days keeps is read again", async () => {
  const plan = await startPlanned(group(6), { keep_within_days: 4, ...BY_ROLE });
  plan.simulator.intercept = (request) => (isList(request) ? plan.clock.pass(1_001) : undefined);
  const read = (await sent(plan)).filter((line) => line.startsWith("GET /images/")).sort();
  expect(read).toEqual(["GET /images/1001", "GET /images/1005", "GET /images/1006"]);
});

test("concurrent deletions share one read of a kept image", async () => {
  const { simulator, clock, carryOut } = await startPlanned(group(5), { keep_last: 1, ...BY_ROLE });
  const asked = simulator.requests.length;
  simulator.intercept = (request) => (isList(request) ? clock.pass(1_001) : undefined);
  expect((await carryOut()).deleted).toHaveLength(4);
  const reads = lines(simulator.requests.slice(asked)).filter((line) => line === "GET /images/1001");
  expect(reads).toHaveLength(1);
});

test("kept images are read again with an image whose read took more than a second", async () => {
  const plan = await planned(2, 1);
  const passes = [1_001, 1_001, 0];
  plan.simulator.intercept = (request) => {
    if (isRead(request) && idIn(request) === 1002) plan.clock.pass(passes.shift() ?? 0);
    return undefined;
  };
  expect(await sent(plan)).toEqual([
    ...["GET /images", "GET /images/1002"],
    ...["GET /images/1001", "GET /images/1002"],
    ...["GET /images/1001", "GET /images/1002", "DELETE /images/1002"],
  ]);
});

test("an image whose reads repeatedly take more than a second remains, with a code", async () => {
  const plan = await planned(3, 1);
  const { simulator, clock, harness } = plan;
  simulator.intercept = (request) => {
    if (isRead(request) && idIn(request) === 1002) clock.pass(1_001);
    return undefined;
  };
  const answer = await plan.carryOut();
  expect(answer).toMatchObject({ status: "incomplete", deleted: [1003], remaining: 1 });
  expect(answer.confirm).toContain("delete snapshot 1002,");
  expect(answer).not.toHaveProperty("failed");
  expect(usable(harness)).toEqual([1001, 1002]);
  expect(simulator.requests.filter((request) => isRead(request) && idIn(request) === 1002)).toHaveLength(3);
});

test("an image remains when its kept images cannot all be read within a second", async () => {
  const plan = await planned(4, 3);
  const { simulator, clock, harness } = plan;
  simulator.intercept = (request) => {
    if (isList(request)) clock.pass(1_001);
    else if (isRead(request)) clock.pass(400);
    return undefined;
  };
  const answer = await plan.carryOut();
  expect(answer).toMatchObject({ status: "incomplete", deleted: [], remaining: 1 });
  expect(answer).not.toHaveProperty("failed");
  expect(usable(harness)).toEqual([1001, 1002, 1003, 1004]);
  // Five rounds of three; the image itself is not worth a read.
  const reads = simulator.requests.filter(isRead).map(idIn);
  expect(reads.toSorted(byNumber)).toEqual([1001, 1002, 1003].flatMap((id) => Array(5).fill(id)));
});

test("kept images are read within two seconds before each deletion, however slow the requests are", async () => {
  const passes = fc.infiniteStream(fc.constantFrom(0, 100, 300, 600, 900, 1_000, 1_100, 1_900));
  await fc.assert(
    fc.asyncProperty(passes, async (pass) => {
      const plan = await planned(8, 1);
      const { simulator, clock } = plan;
      let readAt = 0;
      const ages: number[] = [];
      simulator.intercept = (request) => {
        if (isList(request) || (isRead(request) && idIn(request) === 1001)) readAt = clock.time;
        if (isDelete(request)) ages.push(clock.time - readAt);
        clock.pass(pass.next().value ?? 0);
        return undefined;
      };
      const { deleted } = await plan.carryOut();
      expect(ages).toHaveLength(deleted.length);
      for (const age of ages) expect(age).toBeLessThanOrEqual(2_000);
      expect(usable(plan.harness)).toContain(1001);
    }),
    { numRuns: 30 },
  );
});
