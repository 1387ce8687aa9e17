/** A plan's confirmed call while the API fails or other clients change the images. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import { alter, answering, apiError, lines, start } from "../support/answers.ts";
import { claimsUnchanged } from "../support/claims.ts";
import {
  byNumber,
  codeOf,
  DELETE,
  deletedIds,
  deletionsOf,
  idIn,
  isDelete,
  isRead,
  many,
  onRequest,
  PLAN,
} from "../support/cleanup.ts";
import { answerAsGateway, applyThen, cut, failFirst, lost, refuseWith } from "../support/cloud.ts";
import { whileTimePasses } from "../support/idle-clock.ts";

/** Ten snapshots; a plan selects nine, 1002 to 1010; pauses between retries do not add up. */
async function planned() {
  const images = many(10);
  const harness = await start({ images, callMs: 3_600_000 });
  const confirm = codeOf(await harness.call(PLAN, { keep_last: 1 }));
  const carryOut = async () =>
    deletionsOf(await whileTimePasses(harness, harness.call(DELETE, { confirm, count: 9 })));
  return { ...harness, harness, images, carryOut };
}

const all = many(10)
  .map(({ id }) => id)
  .slice(1);
const allBut = (...left: number[]) => all.filter((id) => !left.includes(id));

test("a confirmed plan lists the images once, and reads each again before its deletion", async () => {
  const { simulator, carryOut } = await planned();
  const asked = simulator.requests.length;
  await carryOut();
  const sent = lines(simulator.requests.slice(asked)).filter((line) => line !== "GET /pricing");
  expect(sent).toHaveLength(19);
  expect(sent[0]).toBe("GET /images");
  for (const id of all) {
    expect(sent.filter((line) => line.endsWith(`/${id}`))).toEqual([
      `GET /images/${id}`,
      `DELETE /images/${id}`,
    ]);
  }
});

describe("an image that changes between the list and its own read", () => {
  test.each<[change: Partial<Image>, why: string]>([
    [{ protection: { delete: true } }, "protected"],
    [{ labels: { keep: "" } }, 'changed since it was shown: label "keep" was not set, is ""'],
    [
      { description: "now golden" },
      'changed since it was shown: description was "snapshot 1004", is "now golden"',
    ],
    [{ bound_to: 42 }, "changed since it was shown: bound_to was not set, is 42"],
    [{ status: "unavailable" }, 'changed since it was shown: status was "available", is "unavailable"'],
    [
      { created_from: { id: 42, name: "renamed" } },
      'changed since it was shown: created_from was {"id":42,"name":"web-1"}, is {"id":42,"name":"renamed"}',
    ],
    [{ image_size: 1.51 }, "changed since it was shown: image_size was 1.5, is 1.51"],
  ])("an image that changes after the list is skipped with the difference: %j", async (change, why) => {
    const { harness, images, carryOut, simulator } = await planned();
    simulator.intercept = onRequest(1, isRead, () => alter(harness, 1004, change));
    const answer = await carryOut();
    expect(answer).toMatchObject({ status: "done", skipped: [{ id: 1004, why }] });
    expect(answer.deleted.toSorted(byNumber)).toEqual(allBut(1004));
    expect(deletedIds(harness, images)).toEqual(allBut(1004));
    expect(lines(simulator.writes())).not.toContain("DELETE /images/1004");
  });

  test("an image that is gone after the list is skipped, and not counted as freed", async () => {
    const { simulator, carryOut } = await planned();
    simulator.intercept = onRequest(1, isRead, () => void simulator.state.images.delete(1004));
    const answer = await carryOut();
    expect(answer).toMatchObject({ status: "done", skipped: [{ id: 1004, why: "already gone" }] });
    expect(answer.deleted.toSorted(byNumber)).toEqual(allBut(1004));
    expect(answer.freed_gb).toBe(12);
  });
});

describe("an image that changes between its own read and its deletion", () => {
  test.each<[what: string, why: string]>([
    ["protected", "protected"],
    ["gone", "already gone"],
  ])("an image is skipped when it is %s after its own read", async (what, why) => {
    const { harness, carryOut, simulator, images } = await planned();
    simulator.intercept = onRequest(3, isDelete, (request) => {
      if (what === "gone") simulator.state.images.delete(idIn(request));
      else alter(harness, idIn(request), { protection: { delete: true } });
    });
    const answer = await carryOut();
    expect(answer).toMatchObject({ status: "done", skipped: [{ why }] });
    expect(answer).not.toHaveProperty("failed");
    expect(answer.deleted).toHaveLength(8);
    if (what === "protected") expect(deletedIds(harness, images)).toHaveLength(8);
  });

  test("a call is not done when all images change after their own reads", async () => {
    const { carryOut, simulator } = await planned();
    simulator.intercept = answering("DELETE", "/images/", apiError(423, "protected"));
    const answer = await carryOut();
    expect(answer).toMatchObject({ status: "unchanged", deleted: [], freed_gb: 0 });
    expect(answer.skipped).toHaveLength(9);
    expect(answer).not.toHaveProperty("confirm");
    expect(answer).not.toHaveProperty("saves_per_month");
  });
});

describe("an image that fails", () => {
  test.each<[code: string, Intercept]>([
    ["locked", answering("DELETE", "/images/1004", apiError(423, "locked", "busy"))],
    ["conflict", answering("DELETE", "/images/1004", apiError(409, "conflict", "again"))],
    ["service_error", answering("DELETE", "/images/1004", apiError(422, "service_error", "no"))],
    ["outcome_unknown", answering("DELETE", "/images/1004", apiError(500, "server_error", "oops"))],
    ["outcome_unknown", answering("DELETE", "/images/1004", { status: 502, body: "<p>" })],
    ["malformed_reply", answering("GET", "/images/1004", { status: 200, body: "{}" })],
  ])(
    "a failed image is reported with its code %s, and does not stop the others (%#)",
    async (code, intercept) => {
      const { harness, images, carryOut } = await planned();
      harness.simulator.intercept = intercept;
      const answer = await carryOut();
      expect(answer.failed).toEqual([{ id: 1004, code, why: expect.stringContaining(`(${code}`) }]);
      expect(claimsUnchanged(answer.failed?.[0]?.why ?? "")).toBe(code !== "outcome_unknown");
      expect(answer.status).toBe("incomplete");
      expect(answer.deleted.toSorted(byNumber)).toEqual(allBut(1004));
      expect(deletedIds(harness, images)).toEqual(allBut(1004));
      // Nothing was done to none: there is nothing to continue with.
      expect(answer).not.toHaveProperty("confirm");
      expect(answer).not.toHaveProperty("remaining");
    },
  );
});

describe("a deletion whose response is lost", () => {
  test.each<[string, Intercept]>([
    ["the deletions took effect and the responses were lost", failFirst(4, "DELETE", applyThen(lost))],
    ["the deletions took effect and the responses were cut", failFirst(4, "DELETE", applyThen(cut))],
    [
      "the deletions took effect behind a gateway's 502",
      failFirst(4, "DELETE", applyThen(answerAsGateway(502))),
    ],
    ["the deletions took effect behind a 500", failFirst(4, "DELETE", applyThen(answerAsGateway(500)))],
    ["the deletions never arrived", failFirst(4, "DELETE", lost)],
    ["a gateway kept them", failFirst(4, "DELETE", answerAsGateway(504))],
    ["the limit was reached for a moment", failFirst(4, "DELETE", refuseWith(429, "rate_limit_exceeded"))],
    ["reads are lost", failFirst(5, "GET", lost)],
  ])("a lost deletion counts once, and as done only when the image is gone: %s", async (_, intercept) => {
    const { harness, images, carryOut } = await planned();
    harness.simulator.intercept = intercept;
    const answer = await carryOut();
    expect(answer).toMatchObject({ status: "done", freed_gb: 13.5 });
    expect(answer.deleted.toSorted(byNumber)).toEqual(all);
    expect(answer).not.toHaveProperty("skipped");
    expect(answer).not.toHaveProperty("failed");
    expect(deletedIds(harness, images)).toEqual(all);
  });

  test("a deletion whose outcome cannot be read is reported as unknown", async () => {
    const { carryOut, simulator } = await planned();
    simulator.intercept = (request, response, apply) => {
      if (idIn(request) !== 1004 || simulator.writes().every((write) => idIn(write) !== 1004)) return;
      return applyThen(lost)(request, response, apply);
    };
    const answer = await carryOut();
    expect(answer).toMatchObject({ status: "incomplete", failed: [{ id: 1004, code: "outcome_unknown" }] });
    expect(answer.deleted).toHaveLength(8);
  });

  test("a deletion that a gateway does not answer is unknown, with the time of the last read", async () => {
    const { carryOut, simulator } = await planned();
    simulator.intercept = (request, response) => {
      if (!isDelete(request) || idIn(request) !== 1004) return;
      response.writeHead(504).end();
      return "handled";
    };
    const answer = await carryOut();
    expect(answer.failed).toEqual([
      {
        id: 1004,
        code: "outcome_unknown",
        why: expect.stringMatching(/ at \d\d:\d\d:\d\d UTC /),
      },
    ]);
    expect(claimsUnchanged(answer.failed?.[0]?.why ?? "")).toBe(false);
  });
});

describe("an image that changes before a retry", () => {
  test.each<[string, Intercept, reported: object]>([
    ["after a conflict", refuseWith(409, "conflict"), { skipped: [{ id: 1004 }] }],
    ["after a rate limit", refuseWith(429, "rate_limit_exceeded"), { skipped: [{ id: 1004 }] }],
    ["after a lost response", lost, { failed: [{ id: 1004, code: "outcome_unknown" }] }],
    ["after a gateway's 502", answerAsGateway(502), { failed: [{ id: 1004, code: "outcome_unknown" }] }],
  ])("an image that changes before the retry of its deletion is kept: %s", async (_, fault, reported) => {
    const { harness, carryOut, simulator } = await planned();
    simulator.intercept = onRequest(
      1,
      (request) => isDelete(request) && idIn(request) === 1004,
      (...args) => {
        alter(harness, 1004, { labels: { keep: "" } });
        return fault(...args);
      },
    );
    const answer = await carryOut();
    expect(answer.deleted.toSorted(byNumber)).toEqual(allBut(1004));
    expect(answer).toMatchObject(reported);
    expect(Number(answer.skipped?.length ?? 0) + Number(answer.failed?.length ?? 0)).toBe(1);
    expect(lines(simulator.writes()).filter((line) => line === "DELETE /images/1004")).toHaveLength(1);
    expect(simulator.state.images.has(1004)).toBe(true);
  });
});

test("nothing is deleted when the list cannot be read, and the new code works later", async () => {
  const { harness, carryOut, simulator, call } = await planned();
  simulator.intercept = answering("GET", "/images", apiError(503, "unavailable"));
  const answer = await carryOut();
  expect(answer).toMatchObject({ status: "incomplete", deleted: [], remaining: 9 });
  expect(answer).toHaveProperty("stopped", expect.stringContaining("(unavailable"));
  expect(harness.events.at(-1)).toMatchObject({ outcome: "incomplete", deleted: [] });
  expect(simulator.writes()).toEqual([]);
  simulator.intercept = undefined;
  const { deleted } = deletionsOf(await call(DELETE, { confirm: answer.confirm, count: 9 }));
  expect(deleted.toSorted(byNumber)).toEqual(all);
});
