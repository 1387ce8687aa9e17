/** Progress of waits before a retry: the failure, and the time of the next attempt. */

import type { Progress } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, test } from "vitest";
import type { FaultRule } from "../../src/simulator/faults.ts";
import { answering, apiError, question, recordMessages, SNAPSHOT, start } from "../support/answers.ts";
import { many, PLAN } from "../support/cleanup.ts";
import { expectSeen } from "../support/inert.ts";

const WAITS = /^[A-Z][^"]* \((\w+)\); next attempt in (\d+) s$/;

/** The codes and seconds of the messages about waits. */
function waitsOf(seen: readonly Progress[]): [code: string, seconds: number][] {
  return seen.flatMap(({ message = "" }) => {
    const [, code, seconds] = WAITS.exec(message) ?? [];
    return code === undefined ? [] : [[code, Number(seconds)] as [string, number]];
  });
}

function expectGrowing(seen: readonly Progress[]): void {
  let last = -1;
  for (const { progress, total, message } of seen) {
    expect(progress).toBeGreaterThan(last);
    expect(progress).toBeLessThanOrEqual(total ?? Number.POSITIVE_INFINITY);
    expectSeen(message);
    last = progress;
  }
}

const FAILING: [what: string, fault: FaultRule, code: string][] = [
  ["a 503", { fault: "status", status: 503, code: "unavailable" }, "unavailable"],
  ["a gateway's page", { fault: "html" }, "bad_gateway"],
  ["a reset connection", { fault: "reset" }, "connection_lost"],
  [
    "a refusal with untrusted text",
    { fault: "status", status: 409, code: "conflict", message: "\u202eevil" },
    "conflict",
  ],
];

describe("progress of waits before a retry", () => {
  test.each(FAILING)("each wait of a single read is reported, after %s", async (_, fault, code) => {
    const { call } = await start({ faults: [{ ...fault, times: 2 } as FaultRule] });
    const seen: Progress[] = [];
    await call("hcloud_get_image", { id: SNAPSHOT }, { onprogress: (one) => seen.push(one) });
    expect(waitsOf(seen)).toEqual([
      [code, 1],
      [code, 2],
    ]);
    expect(seen).toHaveLength(2);
    expectGrowing(seen);
  });

  test("each wait after a refused connection is reported", async () => {
    const { call, simulator } = await start();
    simulator.refuse();
    const seen: Progress[] = [];
    await call("hcloud_list_images", {}, { onprogress: (one) => seen.push(one) });
    expect(waitsOf(seen).map(([code]) => code)).toEqual(["connection_refused", "connection_refused"]);
  });

  test("each wait of a change that is sent again is reported", async () => {
    const { call, simulator } = await start();
    const { confirm } = question(await call("hcloud_delete_image", { id: SNAPSHOT }));
    simulator.inject([{ fault: "status", status: 409, code: "conflict", method: "DELETE", times: 2 }]);
    const seen: Progress[] = [];
    const onprogress = (one: Progress) => seen.push(one);
    const { data } = await call("hcloud_delete_image", { id: SNAPSHOT, confirm }, { onprogress });
    expect(data["status"]).toBe("done");
    expect(waitsOf(seen).map(([code]) => code)).toEqual(["conflict", "conflict"]);
    expectGrowing(seen);
  });

  test("each wait of a resource is reported", async () => {
    const { mcp } = await start({ faults: [{ fault: "reset", times: 1 }] });
    const seen: Progress[] = [];
    const onprogress = (one: Progress) => seen.push(one);
    await mcp.readResource({ uri: `hcloud://images/${SNAPSHOT}` }, { onprogress });
    expect(waitsOf(seen)).toEqual([["connection_lost", 1]]);
  });

  test("no wait is reported without a progress token", async () => {
    const harness = await start({ faults: [{ fault: "reset", times: 2 }] });
    const heard = recordMessages(harness);
    await harness.call("hcloud_get_image", { id: SNAPSHOT });
    expect(heard.filter((message) => "method" in message)).toEqual([]);
  });

  test("no wait is reported when the first attempt succeeds or no other follows", async () => {
    const { call } = await start({ faults: [{ fault: "status", status: 403, code: "forbidden", skip: 1 }] });
    const seen: Progress[] = [];
    for (let i = 0; i < 2; i++)
      await call("hcloud_get_image", { id: SNAPSHOT }, { onprogress: (one) => seen.push(one) });
    expect(seen).toEqual([]);
  });
});

describe("counts in progress", () => {
  const countsOf = (seen: readonly Progress[]) =>
    seen.filter(({ message = "" }) => !WAITS.test(message)).map(({ progress, total }) => [progress, total]);

  test.each([
    ["from the first page on", 0],
    ["in between", 2],
    ["after the last page", 6],
  ])("the counts of progress are the same with waits %s", async (_, skip) => {
    const images = many(290);
    const counted: unknown[] = [];
    for (const faults of [[], [{ fault: "reset", method: "GET", skip, times: 3 } as const]]) {
      const { call } = await start({ images, faults });
      const seen: Progress[] = [];
      await call(PLAN, { keep_last: 1 }, { onprogress: (one) => seen.push(one) });
      expectGrowing(seen);
      expect(waitsOf(seen)).toHaveLength(faults.length * 3);
      counted.push(countsOf(seen).at(-1));
      for (const { total } of seen) expect([290, undefined]).toContain(total);
    }
    expect(counted).toEqual([
      [290, 290],
      [290, 290],
    ]);
  });

  test("the counts of progress are the same for edits that wait", async () => {
    const images = many(6);
    const fault = answering("PUT", "/images/", apiError(409, "conflict"));
    let left = 5;
    const { call } = await start({
      images,
      intercept: (request, ...rest) =>
        request.method === "PUT" && left-- > 0 ? fault(request, ...rest) : undefined,
    });
    const seen: Progress[] = [];
    const args = { ids: images.map(({ id }) => id), set: { a: "b" } };
    const { data } = await call("hcloud_edit_image_labels", args, { onprogress: (one) => seen.push(one) });
    expect(data["status"]).toBe("done");
    expectGrowing(seen);
    expect(waitsOf(seen)).toHaveLength(5);
    expect(countsOf(seen)).toEqual([1, 2, 3, 4, 5, 6].map((done) => [done, 6]));
  });
});
