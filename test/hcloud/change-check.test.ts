import { describe, expect, test } from "vitest";
import { createImagesApi, type ImagesApi } from "../../src/hcloud/images.ts";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept, Simulator } from "../../src/simulator/http.ts";
import { image } from "../simulator/support.ts";
import { NOON } from "../support/harness.ts";
import { applied, failure, first, lost, refusal, startCloud } from "./support.ts";

type Check = (image: Image) => void;

interface Write {
  what: string;
  method: string;
  run: (hcloud: ImagesApi, check?: Check) => Promise<unknown>;
  isDone: (simulator: Simulator) => boolean;
}

const WRITES: Write[] = [
  {
    what: "an update",
    method: "PUT",
    run: (hcloud, check) => hcloud.updateImage(1, { labels: { env: "prod" } }, check),
    isDone: ({ state }) => state.images.get(1)?.labels["env"] === "prod",
  },
  {
    what: "a deletion",
    method: "DELETE",
    run: (hcloud, check) => hcloud.deleteImage(1, check),
    isDone: ({ state }) => !state.images.has(1),
  },
];

const PROJECT = { images: [image(1, { labels: { env: "dev" } })], actionMs: 0 };

const REFUSED: [string, Intercept][] = [
  ["409 conflict", refusal(409, "conflict")],
  ["429 rate_limit_exceeded", refusal(429, "rate_limit_exceeded")],
];

const methodsOf = ({ requests }: Simulator) => requests.map(({ method }) => method);

class Changed extends Error {}

describe.each(WRITES)("the check of $what", ({ method, run, isDone }) => {
  test("is not made before the first sending", async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    await run(hcloud, () => {
      throw new Changed();
    });
    expect(methodsOf(simulator)).toEqual([method]);
    expect(isDone(simulator)).toBe(true);
  });

  test.each(REFUSED)("sees the image as it is by then, each time after %s", async (_, fault) => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    simulator.intercept = (request, ...rest) => {
      if (request.method !== method || simulator.writes().length > 3) return undefined;
      simulator.state.images.set(1, image(1, { description: `change ${simulator.writes().length}` }));
      return fault(request, ...rest);
    };
    const seen: string[] = [];
    await run(hcloud, ({ description }) => void seen.push(description));
    expect(seen).toEqual(["change 1", "change 2", "change 3"]);
    expect(methodsOf(simulator)).toEqual([method, "GET", method, "GET", method, "GET", method]);
    expect(isDone(simulator)).toBe(true);
  });

  test.each(REFUSED)("that throws after %s ends it with that error, and one write", async (_, fault) => {
    const { hcloud, simulator, clock } = await startCloud({ ...PROJECT, intercept: first(9, method, fault) });
    const error = new Changed();
    const check = () => {
      throw error;
    };
    await expect(run(hcloud, check)).rejects.toBe(error);
    expect(methodsOf(simulator)).toEqual([method, "GET"]);
    expect(clock.slept).toEqual([1000]);
    expect(isDone(simulator)).toBe(false);
  });

  test("that throws before the third sending ends it after two", async () => {
    const { hcloud, simulator } = await startCloud({
      ...PROJECT,
      intercept: first(9, method, refusal(409, "conflict")),
    });
    const error = new Changed();
    let checks = 0;
    const check = () => {
      if (++checks === 2) throw error;
    };
    await expect(run(hcloud, check)).rejects.toBe(error);
    expect(methodsOf(simulator)).toEqual([method, "GET", method, "GET"]);
  });

  test("that throws after a lost answer ends it with that error, and one write", async () => {
    const { hcloud, simulator } = await startCloud({ ...PROJECT, intercept: first(1, method, lost) });
    const error = new Changed();
    const check = () => {
      throw error;
    };
    await expect(run(hcloud, check)).rejects.toBe(error);
    expect(methodsOf(simulator)).toEqual([method, "GET", "GET"]);
    expect(isDone(simulator)).toBe(false);
  });

  test("is not made when the lost answer was that of a write that was carried out", async () => {
    const { hcloud, simulator } = await startCloud({
      ...PROJECT,
      intercept: first(1, method, applied(lost)),
    });
    await run(hcloud, () => {
      throw new Changed();
    });
    expect(methodsOf(simulator)).toEqual([method, "GET"]);
    expect(isDone(simulator)).toBe(true);
  });

  test.each([
    ["forbidden", 403],
    ["unauthorized", 401],
  ])("that cannot be made, since the image cannot be read (%s), is no second write", async (code, status) => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    const faults: Record<string, Intercept> = {
      [method]: refusal(409, "conflict"),
      GET: refusal(status, code),
    };
    simulator.intercept = (request, ...rest) => faults[request.method]?.(request, ...rest);
    expect(await failure(run(hcloud))).toMatchObject({ code, unchanged: false });
    expect(methodsOf(simulator)).toEqual([method, "GET"]);
    expect(isDone(simulator)).toBe(false);
  });

  // Refused with 409 or 429 nothing was done: that the look at the image failed puts no write in doubt.
  test.each([
    ["unavailable", refusal(503, "unavailable")],
    ["server_error", refusal(500, "server_error")],
    ["connection_lost", lost],
  ])("that fails with %s after a refusal does not make its outcome unknown", async (_, fault) => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    const faults: Record<string, Intercept> = { [method]: refusal(409, "conflict"), GET: fault };
    simulator.intercept = (request, ...rest) => faults[request.method]?.(request, ...rest);
    expect((await failure(run(hcloud))).code).not.toBe("outcome_unknown");
    expect(simulator.writes()).toHaveLength(1);
  });

  test("that fails after a lost answer is not told as a second sending that was refused", async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    let reads = 0;
    simulator.intercept = (request, ...rest) => {
      if (request.method === method) return lost(request, ...rest);
      return ++reads === 2 ? refusal(403, "forbidden")(request, ...rest) : undefined;
    };
    expect((await failure(run(hcloud))).message).not.toContain("sent again");
    expect(simulator.writes()).toHaveLength(1);
  });

  // What refuses the second may be the first, still under way: the second was sent, though its last try was not.
  test("that takes all the time after a second sending was refused leaves an unknown outcome", async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    simulator.intercept = (request, ...rest) => {
      if (request.method !== method) return undefined;
      return (simulator.writes().length === 1 ? lost : refusal(409, "conflict"))(request, ...rest);
    };
    const check = () => {
      if (simulator.writes().length === 2) clock.pass(40_000);
    };
    const error = await failure(run(hcloud, check));
    expect(methodsOf(simulator).slice(0, 5)).toEqual([method, "GET", "GET", method, "GET"]);
    expect(simulator.writes()).toHaveLength(2);
    expect(error).toMatchObject({ code: "outcome_unknown", unchanged: false });
  });

  test("that takes all the time there was ends it without another write", async () => {
    const { client, simulator, clock } = await startCloud({
      ...PROJECT,
      intercept: first(9, method, refusal(409, "conflict")),
    });
    const hcloud = createImagesApi(client, new AbortController().signal, NOON + 45_000);
    const error = await failure(run(hcloud, () => clock.pass(40_000)));
    expect(error).toMatchObject({ code: "conflict", unchanged: false });
    expect(methodsOf(simulator)).toEqual([method, "GET"]);
  });

  test("ends with the signal's reason when the call is cancelled meanwhile", async () => {
    const { client, simulator } = await startCloud({
      ...PROJECT,
      intercept: first(9, method, refusal(409, "conflict")),
    });
    const cancel = new AbortController();
    const hcloud = createImagesApi(client, cancel.signal, NOON + 45_000);
    await expect(run(hcloud, () => cancel.abort("enough"))).rejects.toBe("enough");
    expect(methodsOf(simulator)).toEqual([method, "GET"]);
  });
});

test("a deletion of which the target is gone before it is sent again ends: lost it is done, refused it is not ours", async () => {
  for (const [fault, sequence] of [
    [lost, ["DELETE", "GET"]],
    [refusal(409, "conflict"), ["DELETE", "GET"]],
  ] as const) {
    const { hcloud, simulator } = await startCloud(PROJECT);
    simulator.intercept = (request, ...rest) => {
      if (request.method !== "DELETE") return undefined;
      simulator.state.images.delete(1);
      return fault(request, ...rest);
    };
    const outcome = hcloud.deleteImage(1);
    if (fault === lost) await outcome;
    else expect(await failure(outcome)).toMatchObject({ code: "not_found", status: 404 });
    expect(methodsOf(simulator)).toEqual(sequence);
  }
});

test("a lost deletion that shows only when it is looked at before the second sending is done", async () => {
  const { hcloud, simulator } = await startCloud(PROJECT);
  simulator.intercept = (request, ...rest) => {
    if (request.method === "DELETE") return lost(request, ...rest);
    if (simulator.requests.length === 3) simulator.state.images.delete(1);
    return undefined;
  };
  await hcloud.deleteImage(1);
  expect(methodsOf(simulator)).toEqual(["DELETE", "GET", "GET"]);
});

// Whoever checks would take our own change for somebody else's.
test("a lost update that shows only when it is looked at before the second sending is done", async () => {
  const { hcloud, simulator } = await startCloud(PROJECT);
  simulator.intercept = (request, ...rest) => {
    if (request.method === "PUT") return lost(request, ...rest);
    if (simulator.requests.length === 3) simulator.state.images.set(1, image(1, { description: "new" }));
    return undefined;
  };
  const check = ({ description }: Image) => {
    if (description !== "image 1") throw new Changed();
  };
  expect(await hcloud.updateImage(1, { description: "new" }, check)).toMatchObject({ description: "new" });
  expect(methodsOf(simulator)).toEqual(["PUT", "GET", "GET"]);
});
