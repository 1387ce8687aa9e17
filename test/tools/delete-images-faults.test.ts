import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import { answered, applied, cut, first, lost, refusal } from "../hcloud/support.ts";
import { alter, answering, apiError, lines, start } from "../support/answers.ts";
import {
  byNumber,
  codeOf,
  DELETE,
  deletionsOf,
  EVERY_IMAGE,
  gone,
  idIn,
  isDelete,
  isRead,
  many,
  onRequest,
  PLAN,
} from "../support/cleanup.ts";
import type { HarnessOptions } from "../support/harness.ts";

/** Nine snapshots that a plan takes all, 1001 to 1009. */
async function planned(options: HarnessOptions = {}) {
  const images = many(9);
  const harness = await start({ images, ...options });
  const confirm = codeOf(await harness.call(PLAN, EVERY_IMAGE));
  const carryOut = async () => deletionsOf(await harness.call(DELETE, { confirm, count: 9 }));
  return { ...harness, harness, images, confirm, carryOut };
}

const all = many(9).map(({ id }) => id);
const allBut = (...left: number[]) => all.filter((id) => !left.includes(id));

test("each image is read again before it is deleted", async () => {
  const { simulator, carryOut } = await planned();
  const asked = simulator.requests.length;
  await carryOut();
  const sent = lines(simulator.requests.slice(asked)).filter((line) => line !== "GET /pricing");
  expect(sent).toHaveLength(18);
  for (const id of all) {
    expect(sent.filter((line) => line.endsWith(`/${id}`))).toEqual([
      `GET /images/${id}`,
      `DELETE /images/${id}`,
    ]);
  }
});

describe("what is no longer as it was shown is skipped with the reason, and the others are deleted", () => {
  test.each<[change: Partial<Image>, why: string]>([
    [{ protection: { delete: true } }, "protected"],
    [{ labels: { keep: "" } }, "changed since it was shown"],
    [{ description: "now golden" }, "changed since it was shown"],
    [{ type: "backup", bound_to: 42 }, "changed since it was shown"],
    [{ status: "unavailable" }, "changed since it was shown"],
    [{ created_from: { id: 42, name: "renamed" } }, "changed since it was shown"],
    [{ image_size: 1.51 }, "changed since it was shown"],
  ])("%j", async (change, why) => {
    const { harness, images, carryOut, simulator } = await planned();
    alter(harness, 1004, change);
    const answer = await carryOut();
    expect(answer).toMatchObject({ status: "done", skipped: [{ id: 1004, why }] });
    expect(answer.deleted.toSorted(byNumber)).toEqual(allBut(1004));
    expect(gone(harness, images)).toEqual(allBut(1004));
    expect(lines(simulator.writes())).not.toContain("DELETE /images/1004");
  });

  test("one that vanished", async () => {
    const { simulator, carryOut } = await planned();
    simulator.state.images.delete(1004);
    const answer = await carryOut();
    expect(answer.skipped).toEqual([{ id: 1004, why: "already gone" }]);
    expect(answer.deleted.toSorted(byNumber)).toEqual(allBut(1004));
    expect(answer.freed_gb).toBe(12);
  });

  test("one that vanishes between reading and deleting it", async () => {
    const { simulator, carryOut } = await planned();
    simulator.intercept = onRequest(3, isDelete, ({ path }) => {
      simulator.state.images.delete(Number(path.split("/")[2]));
    });
    const answer = await carryOut();
    expect(answer.skipped).toHaveLength(1);
    expect(answer.deleted).toHaveLength(8);
  });

  test("one that is protected between reading and deleting it, which the API then refuses", async () => {
    const { harness, carryOut, simulator, images } = await planned();
    simulator.intercept = onRequest(3, isDelete, (request) => {
      alter(harness, idIn(request), { protection: { delete: true } });
    });
    const answer = await carryOut();
    expect(answer.failed?.map(({ why }) => why)).toEqual([expect.stringContaining("(protected")]);
    expect(gone(harness, images)).toHaveLength(8);
  });
});

describe("one that fails does not stop the others, and is reported", () => {
  test.each<[string, Intercept, told: string]>([
    ["500", answering("DELETE", "/images/1004", apiError(500, "server_error", "oops")), "(server_error"],
    ["423", answering("DELETE", "/images/1004", apiError(423, "locked", "busy")), "(locked"],
    ["409", answering("DELETE", "/images/1004", apiError(409, "conflict", "again")), "(conflict"],
    ["422", answering("DELETE", "/images/1004", apiError(422, "service_error", "no")), "(service_error"],
    ["503", answering("DELETE", "/images/1004", apiError(503, "unavailable", "no")), "(unavailable"],
    ["a page", answering("DELETE", "/images/1004", { status: 200, body: "<p>" }), "(malformed_reply"],
    ["502", answering("DELETE", "/images/1004", { status: 502, body: "<p>" }), "(bad_gateway"],
    ["unreadable", answering("GET", "/images/1004", { status: 200, body: "{}" }), "(malformed_reply"],
    ["a proxy's 404", answering("GET", "/images/1004", { status: 404, body: "no" }), "(http_404"],
  ])("%s", async (_, intercept, told) => {
    const { harness, images, carryOut } = await planned({ callMs: 3_600_000 });
    harness.simulator.intercept = intercept;
    const answer = await carryOut();
    expect(answer.failed).toEqual([{ id: 1004, why: expect.stringContaining(told) }]);
    expect(answer.status).toBe("incomplete");
    expect(answer.deleted.toSorted(byNumber)).toEqual(allBut(1004));
    expect(gone(harness, images)).toEqual(allBut(1004));
  });
});

describe("an answer that is lost is settled by reading: exactly what was covered is gone, and counted once", () => {
  test.each<[string, Intercept]>([
    ["the deletions went through and the answers were lost", first(4, "DELETE", applied(lost))],
    ["the deletions went through and the answers were cut", first(4, "DELETE", applied(cut))],
    ["the deletions went through behind a gateway's 502", first(4, "DELETE", applied(answered(502)))],
    ["the deletions went through behind a 500", first(4, "DELETE", applied(answered(500)))],
    ["the deletions never arrived", first(4, "DELETE", lost)],
    ["a gateway kept them", first(4, "DELETE", answered(504))],
    ["the limit was reached for a moment", first(4, "DELETE", refusal(429, "rate_limit_exceeded"))],
  ])("%s", async (_, intercept) => {
    const { harness, images, carryOut } = await planned({ callMs: 3_600_000 });
    harness.simulator.intercept = intercept;
    const answer = await carryOut();
    expect(answer).toMatchObject({ status: "done", freed_gb: 13.5 });
    expect(answer.deleted.toSorted(byNumber)).toEqual(all);
    expect(answer).not.toHaveProperty("skipped");
    expect(answer).not.toHaveProperty("failed");
    expect(gone(harness, images)).toEqual(all);
  });

  test("reading that is lost is repeated", async () => {
    const { harness, images, carryOut } = await planned({ callMs: 3_600_000 });
    harness.simulator.intercept = first(6, "GET", lost);
    expect((await carryOut()).deleted).toHaveLength(9);
    expect(gone(harness, images)).toEqual(all);
  });

  test("what cannot be settled is reported as unknown", async () => {
    const { carryOut, simulator } = await planned({ callMs: 3_600_000 });
    const touched = new Set<string>();
    simulator.intercept = (request, response, apply) => {
      if (request.path !== "/images/1004") return;
      if (isDelete(request)) touched.add(request.path);
      else if (isRead(request) && !touched.has(request.path)) return;
      return applied(lost)(request, response, apply);
    };
    const answer = await carryOut();
    expect(answer.failed).toEqual([{ id: 1004, why: expect.stringContaining("(outcome_unknown") }]);
    expect(answer.deleted).toHaveLength(8);
  });
});

describe("what changes while a deletion waits to be sent again is skipped like anything else that changed", () => {
  test.each<[string, Intercept]>([
    ["after a conflict", refusal(409, "conflict")],
    ["after a rate limit", refusal(429, "rate_limit_exceeded")],
    ["after a lost answer", lost],
    ["after a gateway's 502", answered(502)],
  ])("%s", async (_, fault) => {
    const { harness, carryOut, simulator } = await planned({ callMs: 3_600_000 });
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
    expect(answer.skipped).toEqual([{ id: 1004, why: "changed since it was shown" }]);
    expect(answer).not.toHaveProperty("failed");
    expect(lines(simulator.writes()).filter((line) => line === "DELETE /images/1004")).toHaveLength(1);
    expect(simulator.state.images.has(1004)).toBe(true);
  });
});
