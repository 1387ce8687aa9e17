/** A single deletion while other clients change the image, or while the API fails. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import {
  alter,
  expectFailure,
  failure,
  lines,
  question,
  SNAPSHOT,
  start,
  stored,
  refusal as whyRefused,
} from "../support/answers.ts";
import { claimsUnchanged } from "../support/claims.ts";
import { isDelete, isRead, onRequest } from "../support/cleanup.ts";
import { answerAsGateway, applyThen, lost, refuseWith } from "../support/cloud.ts";
import { failOnce, RETRIES } from "../support/retries.ts";

const DELETE = "hcloud_delete_image";
const READ = `GET /images/${SNAPSHOT}`;
const LIST = "GET /images";
const PRICE = "GET /pricing";
const SENT = `DELETE /images/${SNAPSHOT}`;
/** The result of the deletion. */
const DONE = {
  summary: `Deleted snapshot ${SNAPSHOT}: 3.87 GB, saves 0.06 EUR a month.`,
  status: "done",
  deleted: { id: SNAPSHOT, description: "before checkout rewrite", server: "shop-staging (88)", gb: 3.87 },
  saves_per_month: { currency: "EUR", net: "0.06", gross: "0.07" },
};
const EVENT = { tool: DELETE, ids: [SNAPSHOT], args: { id: SNAPSHOT } };

/** An image whose deletion was shown, and its confirmed call. */
async function shown() {
  const harness = await start();
  const { confirm } = question(await harness.call(DELETE, { id: SNAPSHOT }));
  harness.simulator.requests.length = 0;
  const carryOut = () => harness.call(DELETE, { id: SNAPSHOT, confirm });
  return { ...harness, harness, confirm, carryOut };
}

const CHANGES: [change: Partial<Image>, told: string][] = [
  [{ protection: { delete: true } }, 'protection was {"delete":false}, is {"delete":true}'],
  [{ description: "golden" }, 'description was "before checkout rewrite", is "golden"'],
  [{ labels: { env: "prod", app: "shop" } }, 'label "env" was "staging", is "prod"'],
];

describe("hcloud_delete_image after a change", () => {
  test.each(CHANGES.slice(1))(
    "the code of an image changed to %j is refused with the difference, and a new code works",
    async (change, told) => {
      const { harness, carryOut, call, simulator } = await shown();
      alter(harness, SNAPSHOT, change);
      const answer = await carryOut();
      const { refused, preview, confirm } = question(answer);
      expect(whyRefused(answer)).toBe("changed");
      expect(refused).toContain(`image ${SNAPSHOT}: ${told}.`);
      expect(preview["image"]).toMatchObject(change);
      expect(simulator.writes()).toEqual([]);
      expect((await call(DELETE, { id: SNAPSHOT, confirm })).data["status"]).toBe("done");
    },
  );

  test("the code of an image that has been protected fails without a preview", async () => {
    const { harness, carryOut, simulator } = await shown();
    alter(harness, SNAPSHOT, { protection: { delete: true } });
    expectFailure(await carryOut(), "protected", SNAPSHOT);
    expect(simulator.writes()).toEqual([]);
  });

  test("the code of an image that has been deleted fails with not_found", async () => {
    const { carryOut, simulator } = await shown();
    simulator.state.images.delete(SNAPSHOT);
    expectFailure(await carryOut(), "not_found");
    expect(simulator.writes()).toEqual([]);
  });
});

describe("reads before a deletion", () => {
  test.each([
    [500, [READ, LIST, SENT, PRICE]],
    [501, [READ, LIST, READ, SENT, PRICE]],
    [1_501, [READ, LIST, READ, SENT, PRICE]],
  ])(
    "a read serves for the deletion while it is younger than half a second: after %i ms",
    async (ms, expected) => {
      const { carryOut, clock, simulator } = await shown();
      simulator.intercept = onRequest(1, isRead, () => clock.pass(ms));
      expect((await carryOut()).data["status"]).toBe("done");
      expect(lines(simulator.requests)).toEqual(expected);
    },
  );

  test.each(CHANGES)(
    "an older read is repeated before the deletion, which shows %j",
    async (change, told) => {
      const { harness, carryOut, clock, simulator, events } = await shown();
      simulator.intercept = (request) => {
        if (!isRead(request)) return;
        if (simulator.requests.length === 1) clock.pass(600);
        else alter(harness, SNAPSHOT, change);
      };
      expectFailure(await carryOut(), "conflict", SNAPSHOT, `: ${told}.`);
      expect(simulator.writes()).toEqual([]);
      expect(stored(harness, SNAPSHOT)).toMatchObject(change);
      expect(events.at(-1)).toEqual({ ...EVENT, outcome: "failed", code: "conflict" });
    },
  );
});

describe.each(RETRIES)("after %s", (_, isLost, fault) => {
  test("the image is read again, and deleted when it is as shown", async () => {
    const { harness, carryOut, simulator, events } = await shown();
    failOnce(harness, fault, { beforeRetry: () => undefined });
    expect((await carryOut()).data).toEqual(DONE);
    const attempts = fault === "refused" ? [READ, SENT] : [SENT, READ, SENT];
    const ofImage = lines(simulator.requests).filter((line) => [READ, SENT].includes(line));
    expect(ofImage).toEqual([READ, ...attempts]);
    expect(simulator.state.images.has(SNAPSHOT)).toBe(false);
    expect(events.at(-1)).toMatchObject({ ...EVENT, outcome: "done" });
  });

  test.each(CHANGES)("an image that has become %j is not deleted", async (change, told) => {
    const { harness, carryOut, simulator, events } = await shown();
    failOnce(harness, fault, { beforeRetry: () => alter(harness, SNAPSHOT, change) });
    const answer = await carryOut();
    const code = isLost ? "outcome_unknown" : "conflict";
    expectFailure(answer, code, ...(isLost ? [] : [told]));
    expect(claimsUnchanged(failure(answer))).toBe(!isLost);
    expect(simulator.writes().length).toBeLessThanOrEqual(1);
    expect(stored(harness, SNAPSHOT)).toMatchObject(change);
    expect(events.at(-1)).toEqual({ ...EVENT, outcome: "failed", code });
  });

  test("an image that is gone counts as deleted only if the first attempt may have deleted it", async () => {
    const { harness, carryOut, simulator } = await shown();
    failOnce(harness, fault, { beforeRetry: () => void simulator.state.images.delete(SNAPSHOT) });
    const answer = await carryOut();
    if (isLost) expect(answer.data).toEqual(DONE);
    else expectFailure(answer, "not_found");
    expect(simulator.writes().length).toBeLessThanOrEqual(1);
  });
});

describe("a deletion whose response is lost", () => {
  test("a lost deletion is done when the image is gone", async () => {
    const { carryOut, simulator } = await shown();
    simulator.intercept = onRequest(1, isDelete, applyThen(lost));
    expect((await carryOut()).data).toEqual(DONE);
    expect(simulator.writes()).toHaveLength(1);
  });

  test.each([
    ["lost", lost],
    ["504", answerAsGateway(504)],
    ["502", answerAsGateway(502)],
  ])(
    "a deletion lost twice (%s) is unknown while the image exists, with the time of the last read",
    async (_, fault) => {
      const { carryOut, simulator, events } = await shown();
      simulator.intercept = (...request) => (isDelete(request[0]) ? fault(...request) : undefined);
      const answer = await carryOut();
      expectFailure(answer, "outcome_unknown", "12:00:");
      expect(claimsUnchanged(failure(answer))).toBe(false);
      expect(simulator.writes()).toHaveLength(2);
      expect(events.at(-1)).toEqual({ ...EVENT, outcome: "failed", code: "outcome_unknown" });
    },
  );

  test("a lost deletion is unknown when the image cannot be read afterwards", async () => {
    const { carryOut, simulator } = await shown();
    simulator.intercept = (request, ...rest) => {
      if (simulator.writes().length === 0) return;
      return (isDelete(request) ? lost : refuseWith(403, "forbidden"))(request, ...rest);
    };
    expectFailure(await carryOut(), "outcome_unknown", "(forbidden)");
  });
});
