/** The protection of many images while other clients change them, while the API fails, and when the call is cancelled. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import { alter, answering, apiError, expectFailure, question, start } from "../support/answers.ts";
import { byNumber, idIn, isRead, many, onRequest } from "../support/cleanup.ts";
import { answerAsGateway, applyThen, cut, lost, refuseWith } from "../support/cloud.ts";
import type { Answer, Harness } from "../support/harness.ts";
import { whileTimePasses } from "../support/idle-clock.ts";

const PROTECTION = "hcloud_change_image_protection";
const IDS = [1001, 1002, 1003, 1004, 1005];
const ODD = 1003;
const OTHERS = IDS.filter((id) => id !== ODD);
const isPost = ({ method }: { method: string }) => method === "POST";

const locked = { protection: { delete: true } };

interface Told {
  status: string;
  rows: [id: number, isProtected: boolean | null, status: string][];
  failed?: { id: number; code: string; why: string }[];
}
const toldBy = ({ data }: Answer) => data as unknown as Told;

/** Five images, and the call that lifts the protection of all with a code, or protects all. */
async function ready(wanted: boolean) {
  const images = many(5, () => (wanted ? {} : locked));
  const harness = await start({ images, actionMs: 0 });
  const args = { ids: IDS, delete: wanted };
  const code = wanted ? {} : { confirm: question(await harness.call(PROTECTION, args)).confirm };
  harness.simulator.requests.length = 0;
  harness.events.length = 0;
  const carryOut = (options = {}) => harness.call(PROTECTION, { ...args, ...code }, options);
  return { ...harness, harness, carryOut };
}

const statesOf = ({ simulator }: Harness) =>
  [...simulator.state.images.values()].map(({ protection }) => protection.delete);

/** Deals so with the change of one image. */
const onPost =
  (id: number, act: Intercept): Intercept =>
  (request, response, apply) =>
    isPost(request) && idIn(request) === id ? act(request, response, apply) : undefined;

describe.each([true, false])("with delete %j one of five that fails does not stop the others:", (wanted) => {
  test.each<[fault: string, act: Intercept, code: string]>([
    ["500 server_error", refuseWith(500, "server_error"), "outcome_unknown"],
    ["503 unavailable", refuseWith(503, "unavailable"), "outcome_unknown"],
    ["502", answerAsGateway(502), "outcome_unknown"],
    ["a lost response", lost, "outcome_unknown"],
    ["423 locked", refuseWith(423, "locked"), "locked"],
    ["422 service_error", refuseWith(422, "service_error"), "service_error"],
  ])("one failed image does not stop the others: %s", async (_, act, code) => {
    const { harness, carryOut, simulator, events } = await ready(wanted);
    simulator.intercept = onPost(ODD, act);
    const { status, rows, failed } = toldBy(await carryOut());
    expect(status).toBe("incomplete");
    expect(rows).toEqual(OTHERS.map((id) => [id, wanted, "done"]));
    expect(failed).toMatchObject([{ id: ODD, code }]);
    expect(statesOf(harness)).toEqual(IDS.map((id) => (id === ODD ? !wanted : wanted)));
    expect(events.at(-1)).toMatchObject({
      outcome: "incomplete",
      edited: OTHERS,
      failed: [{ id: ODD, code }],
    });
  });

  test("one action that ends in an error does not stop the others", async () => {
    const { carryOut, simulator } = await ready(wanted);
    const action = { id: 7, command: "change_protection", status: "error", resources: [] };
    simulator.intercept = onPost(ODD, answering("POST", "/images/", { status: 201, body: { action } }));
    const { status, rows, failed } = toldBy(await carryOut());
    expect(status).toBe("incomplete");
    expect(rows.map(([id]) => id)).toEqual(OTHERS);
    expect(failed).toMatchObject([{ id: ODD, code: "action_failed" }]);
  });

  test("a lost response of a change that was made is no failure", async () => {
    const { carryOut, simulator } = await ready(wanted);
    simulator.intercept = onPost(ODD, applyThen(lost));
    const told = toldBy(await carryOut());
    expect(told).toMatchObject({ status: "done", rows: IDS.map((id) => [id, wanted, "done"]) });
    expect(simulator.writes()).toHaveLength(5);
  });

  test.each<[what: string, act: (harness: Harness) => Intercept, isProtected: boolean | null]>([
    ["cannot be read", () => refuseWith(403, "forbidden"), null],
    [
      "was changed back by another client",
      (harness) => () => alter(harness, ODD, { protection: { delete: !wanted } }),
      !wanted,
    ],
  ])("an image that %s at the end is incomplete", async (_, act, isProtected) => {
    const { harness, carryOut, simulator } = await ready(wanted);
    let isSent = false;
    simulator.intercept = (request, response, apply) => {
      if (idIn(request) !== ODD) return;
      isSent ||= isPost(request);
      return isSent && isRead(request) ? act(harness)(request, response, apply) : undefined;
    };
    const told = toldBy(await carryOut());
    expect(told).toMatchObject({ status: "incomplete", next: expect.stringContaining("hcloud_get_image") });
    expect(told.rows).toContainEqual([ODD, isProtected, "incomplete"]);
    expect(told.rows.filter(([, , status]) => status === "done")).toHaveLength(4);
    expect(told).not.toHaveProperty("failed");
  });
});

describe("an image that another client changes after the preview", () => {
  test("an image that another client changes after the preview keeps its protection", async () => {
    const { harness, carryOut, simulator, clock } = await ready(false);
    simulator.intercept = (request) => {
      // The five reads of the gate serve for 500 ms.
      if (!isRead(request)) return;
      if (simulator.requests.length === 5) clock.pass(501);
      if (simulator.requests.length === 6) alter(harness, ODD, { labels: { legal: "hold" } });
    };
    const { status, rows, failed } = toldBy(await carryOut());
    expect(status).toBe("incomplete");
    expect(rows).toEqual(OTHERS.map((id) => [id, false, "done"]));
    expect(failed).toMatchObject([{ id: ODD, code: "conflict" }]);
    expect(simulator.writes().map(idIn).toSorted(byNumber)).toEqual(OTHERS);
    expect(statesOf(harness)).toEqual(IDS.map((id) => id === ODD));
  });

  test("an image that another client protects remains protected when the preview was unnecessary", async () => {
    const harness = await start({ images: many(5), actionMs: 0 });
    const { simulator, clock } = harness;
    simulator.intercept = (request) => {
      if (!isRead(request)) return;
      if (simulator.requests.length === 5) clock.pass(501);
      if (simulator.requests.length === 6) alter(harness, ODD, locked);
    };
    const { status, rows, failed } = toldBy(await harness.call(PROTECTION, { ids: IDS, delete: false }));
    expect(status).toBe("incomplete");
    expect(rows).toEqual(OTHERS.map((id) => [id, false, "unchanged"]));
    expect(failed).toMatchObject([{ id: ODD, code: "conflict" }]);
    expect(simulator.writes()).toEqual([]);
  });

  test("an image that was changed in between is not protected again by a retry", async () => {
    const { harness, carryOut, simulator } = await ready(false);
    const change = { description: "theirs" };
    simulator.intercept = onRequest(
      1,
      (request) => isPost(request) && idIn(request) === ODD,
      (...request) => {
        alter(harness, ODD, change);
        return refuseWith(409, "conflict")(...request);
      },
    );
    expect(toldBy(await carryOut()).failed).toMatchObject([{ id: ODD, code: "conflict" }]);
    expect(simulator.state.images.get(ODD)).toMatchObject({ ...change, ...locked });
  });
});

describe("errors that fail every image", () => {
  test.each<[code: string, status: number]>([
    ["token_readonly", 401],
    ["unauthorized", 401],
    ["rate_limit_exceeded", 429],
  ])("an error that fails every image stops the call: %s", async (code, status) => {
    const { harness, carryOut, simulator, events } = await ready(true);
    simulator.intercept = answering("POST", "/images/", apiError(status, code));
    expectFailure(await whileTimePasses(harness, carryOut()), code);
    expect(simulator.writes().some((request) => idIn(request) === 1005)).toBe(false);
    expect(statesOf(harness)).not.toContain(true);
    expect(events.at(-1)).toMatchObject({ outcome: "failed", code });
  });

  test("an error after some changes is reported for each of the other images, to which nothing is sent", async () => {
    const { harness, carryOut, simulator } = await ready(true);
    const refused = refuseWith(401, "token_readonly");
    simulator.intercept = (...request) =>
      isPost(request[0]) && idIn(request[0]) > 1001 ? refused(...request) : undefined;
    const { status, rows, failed } = toldBy(await carryOut());
    expect(status).toBe("incomplete");
    expect(rows).toEqual([[1001, true, "done"]]);
    expect(failed?.map(({ id, code }) => [id, code])).toEqual(
      IDS.slice(1).map((id) => [id, "token_readonly"]),
    );
    expect(statesOf(harness)).toEqual(IDS.map((id) => id === 1001));
  });
});

describe("calls in which all images fail", () => {
  test("a call fails when all images fail with one code", async () => {
    const { call, simulator } = await start({ images: [] });
    for (const wanted of [true, false])
      expectFailure(await call(PROTECTION, { ids: IDS, delete: wanted }), "not_found");
    expect(simulator.writes()).toEqual([]);
  });

  test.each([
    ["with several codes", (id: number) => (id === ODD ? 422 : 423)],
    ["and it is unknown what became of them", () => 500],
  ])("each image is reported when all fail %s", async (_, statusOf) => {
    const { carryOut, simulator } = await ready(true);
    const codes: Record<number, string> = { 422: "service_error", 423: "locked", 500: "server_error" };
    simulator.intercept = (request, ...rest) => {
      if (!isPost(request)) return;
      const status = statusOf(idIn(request));
      return refuseWith(status, codes[status] ?? "")(request, ...rest);
    };
    const { status, rows, failed } = toldBy(await carryOut());
    expect([status, rows, failed?.map(({ id }) => id)]).toEqual(["incomplete", [], IDS]);
  });
});

describe("a cancelled change of protection", () => {
  /** Each image is changed or failed, and what was sent is not said to have been cancelled. */
  const expectRecorded = ({ events, simulator }: Harness, ids: number[]) => {
    const { edited, failed } = events.at(-1) as { edited: number[]; failed: { id: number; code: string }[] };
    expect([...edited, ...failed.map(({ id }) => id)].toSorted(byNumber)).toEqual(ids);
    const sent = new Set(simulator.writes().map(idIn));
    for (const { id, code } of failed) expect(code).toBe(sent.has(id) ? "outcome_unknown" : "cancelled");
  };

  test("a cancelled call sends nothing more, and logs the changes made", async () => {
    const { harness, carryOut, simulator, events } = await ready(true);
    const cancel = new AbortController();
    let posts = 0;
    simulator.intercept = (request) => {
      if (!isPost(request) || ++posts < 4) return;
      cancel.abort();
      return "handled";
    };
    await expect(carryOut({ signal: cancel.signal })).rejects.toThrow();
    await expect.poll(() => events.at(-1)).toMatchObject({ outcome: "incomplete" });
    expectRecorded(harness, IDS);
    expect(simulator.writes().length).toBeLessThanOrEqual(4);
  });

  test("a call that is cancelled while an action runs does not claim that nothing was changed", async () => {
    const harness = await start({ images: many(2), actionMs: 60_000 });
    const cancel = new AbortController();
    harness.simulator.intercept = ({ path }) => {
      if (!path.startsWith("/images/actions/")) return;
      cancel.abort();
      return "handled";
    };
    const args = { ids: [1001, 1002], delete: true };
    await expect(harness.call(PROTECTION, args, { signal: cancel.signal })).rejects.toThrow();
    await expect.poll(() => harness.events.at(-1)).toMatchObject({ outcome: "incomplete" });
    expectRecorded(harness, args.ids);
  });
});

test("only images that were shown lose their protection, and each has one result", async () => {
  const FAULTS: (Intercept | undefined)[] = [
    ...Array<undefined>(8).fill(undefined),
    ...[
      lost,
      cut,
      answerAsGateway(502),
      refuseWith(409, "conflict"),
      refuseWith(423, "locked"),
      applyThen(lost),
    ],
  ];
  const image = fc.record({
    protection: fc.record({ delete: fc.boolean() }),
    labels: fc.constantFrom<Record<string, string>>({}, { a: "b" }),
  });
  const moment = fc.record({ fault: fc.constantFrom(...FAULTS), meddle: fc.nat(30), which: fc.nat(9) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(image, { minLength: 2, maxLength: 8 }),
      fc.array(moment, { minLength: 60, maxLength: 60 }),
      fc.nat(),
      async (specials, moments, omitted) => {
        const images = many(specials.length, (i) => specials[i] as Partial<Image>);
        const harness = await start({ images, actionMs: 0, callMs: 3_600_000 });
        const all = images.map(({ id }) => id);
        const ids = all.filter((_, i) => i !== omitted % all.length);
        const asked = await harness.call(PROTECTION, { ids, delete: false });
        if (asked.data["status"] !== "confirmation_required") return;

        const { state } = harness.simulator;
        const lifted: number[] = [];
        let at = 0;
        harness.simulator.intercept = (request, response, apply) => {
          const { fault, meddle, which } = moments[at++ % moments.length] ?? { meddle: 9, which: 0 };
          const target = state.images.get(all[which % all.length] ?? 0);
          if (target && meddle === 0) alter(harness, target.id, { description: "theirs" });
          if (target && meddle === 1) state.images.delete(target.id);
          const noting = () => {
            const before = state.images.get(idIn(request));
            const reply = apply();
            if (isPost(request) && before && reply.status < 300) lifted.push(before.id);
            return reply;
          };
          if (fault?.(request, response, noting) === "handled") return "handled";
          return void noting();
        };
        const confirm = asked.data["confirm"];
        const answer = await harness.call(PROTECTION, { ids, delete: false, confirm });
        const wasProtected = new Set(
          images.filter(({ protection }) => protection.delete).map(({ id }) => id),
        );
        for (const id of lifted) expect(ids.includes(id) && wasProtected.has(id)).toBe(true);
        if (answer.isError && lifted.length > 0) expect(answer.text).toContain("(outcome_unknown");
        if (answer.isError) return;
        if (answer.data["status"] === "confirmation_required") {
          expect(lifted).toEqual([]);
          return;
        }
        const { rows, failed = [] } = toldBy(answer);
        const told = [...rows.map(([id]) => id), ...failed.map(({ id }) => id)];
        expect(told.toSorted(byNumber)).toEqual(ids);
        for (const [id, , status] of rows) if (status === "unchanged") expect(lifted).not.toContain(id);
        for (const { id, code } of failed) if (code !== "outcome_unknown") expect(lifted).not.toContain(id);
      },
    ),
    { numRuns: 40, seed: 20_261_123 },
  );
});
