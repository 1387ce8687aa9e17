/** A plan's confirmed call when so many images are kept of a group that they are read again by pages. */

import { expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { RecordedRequest } from "../../src/simulator/http.ts";
import { aged, byNumber, isDelete, isRead, onRequest, pagesAsked } from "../support/cleanup.ts";
import { BY_ROLE, group, LOSSES, OF_GROUP, startPlanned, usable } from "../support/deletion.ts";

const KEPT = 100;
const KEEP_MANY = { keep_last: KEPT, ...BY_ROLE };

const isList = ({ path }: RecordedRequest) => path === "/images";
const isKept = ({ path }: RecordedRequest) => Number(path.split("/")[2]) <= 1000 + KEPT;
const singleReads = (requests: readonly RecordedRequest[]) =>
  requests.filter((one) => isRead(one) && isKept(one)).map(({ path }) => path);

/** Starts with a plan whose kept images have the lowest ids, so that they are on the first two of three pages. */
const startLarge = (count = KEPT + 10, policy: object = KEEP_MANY) =>
  startPlanned(group(count), { ...policy });

test("many kept images are read again by the pages that have them, not one by one", async () => {
  const { carryOut, simulator, clock } = await startLarge();
  const planned = simulator.requests.length;
  simulator.intercept = onRequest(3, isList, () => clock.pass(1_001));
  const answer = await carryOut();
  expect(answer).toMatchObject({ status: "done", deleted: { length: 10 } });
  const sent = simulator.requests.slice(planned);
  expect(singleReads(sent)).toEqual([]);
  expect(pagesAsked(sent)).toEqual([1, 2, 3, 1, 2]);
});

test.each(LOSSES)("a kept image that is found %s on a page no longer counts", async (_, lose) => {
  const policy = { keep_last: KEPT, ...OF_GROUP };
  const { harness, carryOut, simulator, clock } = await startLarge(KEPT + 10, policy);
  simulator.intercept = onRequest(3, isList, () => {
    lose(harness, 1050);
    clock.pass(1_001);
  });
  const answer = await carryOut();
  expect(answer.skipped).toEqual([{ id: 1001 + KEPT, why: "the policy now keeps it: keep_last" }]);
  expect(answer.deleted).toHaveLength(9);
  expect(usable(harness)).toHaveLength(KEPT);
});

test("a kept image that has moved to another page is read there", async () => {
  // The lowest id is that of the oldest image, which the plan selects.
  const images = group(KEPT + 10).map((image, i): Image => ({ ...image, id: 2000 - i }));
  const { harness, carryOut, simulator, clock } = await startPlanned(images, KEEP_MANY);
  const planned = simulator.requests.length;
  simulator.intercept = onRequest(1, isDelete, () => {
    simulator.state.images.delete(1896);
    clock.pass(1_001);
  });
  const answer = await carryOut();
  expect(answer.skipped).toEqual([{ id: 1896, why: "already gone" }]);
  expect(answer.deleted).toHaveLength(9);
  expect(usable(harness)).toEqual(
    images
      .slice(0, KEPT)
      .map(({ id }) => id)
      .sort(byNumber),
  );
  const alone = simulator.requests
    .slice(planned)
    .filter((one) => isRead(one) && Number(one.path.slice(8)) > 1900);
  expect(alone).toEqual([]);
});

test("a group whose kept images cannot be read in time remains with the reason, and other groups do not", async () => {
  const other = { labels: { role: "db", env: "prod" } };
  const policy = { keep_daily: KEPT, ...BY_ROLE };
  // Of the other group, all images were made on one day.
  const images = [...group(KEPT + 50), ...[3001, 3002, 3003].map((id) => aged(id, 0, other))];
  const { harness, carryOut, simulator, clock } = await startPlanned(images, policy, { callMs: 3_600_000 });
  const planned = simulator.requests.length;
  simulator.intercept = (request) => (isList(request) ? clock.pass(600) : undefined);
  const answer = await carryOut();
  expect(answer).toMatchObject({ status: "incomplete", deleted: [3001, 3002], remaining: 50 });
  expect(answer.stopped).toContain("(too_slow)");
  expect(answer.stopped).toContain("100 images are kept");
  expect(usable(harness)).toHaveLength(KEPT + 50);
  expect(simulator.requests.length - planned).toBeLessThan(40);
});
