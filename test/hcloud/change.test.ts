import { describe, expect, test } from "vitest";
import { createImagesApi, type ImagesApi } from "../../src/hcloud/images.ts";
import type { Intercept, Simulator } from "../../src/simulator/http.ts";
import { image } from "../simulator/support.ts";
import { NOON } from "../support/harness.ts";
import { answered, applied, CALL_MS, cut, failure, first, lost, refusal, startCloud } from "./support.ts";

interface Write {
  what: string;
  method: string;
  /** Whether its target is read before it is sent again. */
  looks: boolean;
  run: (hcloud: ImagesApi) => Promise<unknown>;
  isDone: (simulator: Simulator) => boolean;
}

const WRITES: Write[] = [
  {
    what: "an update",
    method: "PUT",
    looks: true,
    run: (hcloud) => hcloud.updateImage(1, { description: "new", type: "snapshot", labels: { env: "prod" } }),
    isDone: ({ state }) => state.images.get(1)?.description === "new",
  },
  {
    what: "a deletion",
    method: "DELETE",
    looks: true,
    run: (hcloud) => hcloud.deleteImage(1),
    isDone: ({ state }) => !state.images.has(1),
  },
  {
    what: "a change of protection",
    method: "POST",
    looks: false,
    run: (hcloud) => hcloud.changeImageProtection(1, { delete: true }),
    isDone: ({ state }) => state.images.get(1)?.protection.delete === true,
  },
];

/** Actions end at once, so that whatever was carried out shows. */
const PROJECT = { images: [image(1, { labels: { env: "dev", keep: "" } })], actionMs: 0 };

const methodsOf = ({ requests }: Simulator) => requests.map(({ method }) => method);

const IN_DOUBT: [string, Intercept, string][] = [
  ["is lost", lost, "connection_lost"],
  ["is cut", cut, "connection_lost"],
  ["is a gateway's 502", answered(502), "bad_gateway"],
  ["is a gateway's 504", answered(504), "timeout"],
  ["is the API's bad_gateway", refusal(502, "bad_gateway"), "bad_gateway"],
  ["is the API's timeout", refusal(504, "timeout"), "timeout"],
];

const FAILED: [string, Intercept, string][] = [
  ["is a 500", answered(500), "server_error"],
  ["is a 503", answered(503), "unavailable"],
  ["is the API's server_error", refusal(500, "server_error"), "server_error"],
  ["is the API's unavailable", refusal(503, "unavailable"), "unavailable"],
  ["is a page", answered(200), "malformed_reply"],
  ["is empty", answered(200, ""), "malformed_reply"],
];

describe.each(WRITES)("$what", ({ method, looks, run, isDone }) => {
  const look = looks ? ["GET"] : [];
  /** Reading back what became of it: protection is an action, of which the running ones are asked for too. */
  const readBack = looks ? ["GET"] : ["GET", "GET"];
  const start = async (intercept: Intercept) => startCloud({ ...PROJECT, intercept });

  test.each([...IN_DOUBT, ...FAILED])(
    "whose answer %s though it was carried out is done, and sent once",
    async (_, fault) => {
      const { hcloud, simulator } = await start(first(1, method, applied(fault)));
      await run(hcloud);
      expect(simulator.writes()).toHaveLength(1);
      expect(isDone(simulator)).toBe(true);
    },
  );

  test.each(IN_DOUBT)("whose answer %s and that was not carried out is sent once more", async (_, fault) => {
    const { hcloud, simulator } = await start(first(1, method, fault));
    await run(hcloud);
    expect(methodsOf(simulator)).toEqual([method, ...readBack, ...look, method]);
    const [one, two, ...more] = simulator.writes();
    expect(more).toEqual([]);
    expect([two?.method, two?.rawUrl, two?.body]).toEqual([one?.method, one?.rawUrl, one?.body]);
    expect(isDone(simulator)).toBe(true);
  });

  test.each(IN_DOUBT)(
    "whose answer %s twice has failed, and says that nothing changed",
    async (_, fault, code) => {
      const { hcloud, simulator } = await start(first(2, method, fault));
      expect(await failure(run(hcloud))).toMatchObject({ code, unchanged: true });
      expect(methodsOf(simulator)).toEqual([method, ...readBack, ...look, method, ...readBack]);
      expect(isDone(simulator)).toBe(false);
    },
  );

  test.each(IN_DOUBT)("whose second answer %s too is settled as well", async (_, fault) => {
    const { hcloud, simulator } = await start((request, response, apply) => {
      if (request.method !== method) return undefined;
      return (simulator.writes().length === 2 ? applied(fault) : fault)(request, response, apply);
    });
    await run(hcloud);
    expect(simulator.writes()).toHaveLength(2);
    expect(isDone(simulator)).toBe(true);
  });

  test.each(FAILED)(
    "whose answer %s and that was not carried out is not sent again",
    async (_, fault, code) => {
      const { hcloud, simulator } = await start(first(1, method, fault));
      expect(await failure(run(hcloud))).toMatchObject({ code, unchanged: true });
      expect(simulator.writes()).toHaveLength(1);
      expect(isDone(simulator)).toBe(false);
    },
  );

  test.each([
    ["answers 503", answered(503), "unavailable"],
    ["is unreadable", answered(200, '{"image":{"id":1}}'), "malformed_reply"],
    ["refuses the token", refusal(401, "unauthorized"), "unauthorized"],
    ["is lost", lost, "connection_lost"],
    ["is a page's 404", answered(404), "http_404"],
  ])("whose answer is lost while its target %s has an unknown outcome", async (_, fault) => {
    const { hcloud, simulator } = await start((request, response, apply) =>
      request.method === "GET" ? fault(request, response, apply) : applied(lost)(request, response, apply),
    );
    const error = await failure(run(hcloud));
    expect(error).toMatchObject({ code: "outcome_unknown", unchanged: false });
    expect(error.cause).toMatchObject({ code: "connection_lost" });
    expect(error.message).toMatch(
      /^the connection broke before .*; reading the target afterwards failed too \(.+\)$/,
    );
    expect(simulator.writes()).toHaveLength(1);
  });

  test.each([
    [401, "token_readonly"],
    [412, "resource_unavailable"],
    [422, "service_error"],
    [423, "locked"],
  ])("that is lost, and refused with %i %s when sent again, has an unknown outcome", async (status, code) => {
    const { hcloud, simulator } = await start((request, ...rest) => {
      if (request.method !== method) return undefined;
      return (simulator.writes().length === 1 ? lost : refusal(status, code))(request, ...rest);
    });
    const error = await failure(run(hcloud));
    expect(error).toMatchObject({ code: "outcome_unknown", unchanged: false });
    expect(error.message).toMatch(
      new RegExp(`^the connection broke before .*; sent again it was refused \\(${code}: because\\)$`),
    );
    expect(error.cause).toMatchObject({ code: "connection_lost" });
    expect(simulator.writes()).toHaveLength(2);
  });

  test("that is lost, and refused when sent again though it shows by then, is done", async () => {
    const { hcloud, simulator } = await start((request, ...rest) => {
      if (request.method !== method) return undefined;
      const fault = simulator.writes().length === 1 ? lost : applied(refusal(423, "locked"));
      return fault(request, ...rest);
    });
    await run(hcloud);
    expect(simulator.writes()).toHaveLength(2);
    expect(isDone(simulator)).toBe(true);
  });

  test("that is lost, with no time left to send it again, has failed with what went wrong first", async () => {
    const { hcloud, simulator, clock } = await start((request, ...rest) => {
      if (request.method === method) return lost(request, ...rest);
      if (simulator.requests.length === 2) clock.pass(CALL_MS - 10_000);
      return undefined;
    });
    expect(await failure(run(hcloud))).toMatchObject({ code: "connection_lost", unchanged: true });
    expect(simulator.writes()).toHaveLength(1);
    expect(isDone(simulator)).toBe(false);
  });

  test.each([0, 5_000, 10_000])(
    "is not sent at all when its call has no more than %i ms left",
    async (left) => {
      const { client, simulator, clock } = await start(() => undefined);
      const hcloud = createImagesApi(client, new AbortController().signal, NOON + left);
      expect(await failure(run(hcloud))).toMatchObject({ code: "deadline_exceeded", unchanged: false });
      expect(simulator.requests).toEqual([]);
      expect(clock.slept).toEqual([]);
    },
  );

  test.each([
    [409, "conflict"],
    [429, "rate_limit_exceeded"],
  ])("is repeated after %i %s, each time only after a look where it has one", async (status, code) => {
    const { hcloud, simulator, clock } = await start(first(3, method, refusal(status, code)));
    await run(hcloud);
    const again = [...look, method];
    expect(methodsOf(simulator)).toEqual([method, ...again, ...again, ...again]);
    expect(new Set(simulator.writes().map(({ rawUrl, body }) => rawUrl + body)).size).toBe(1);
    expect(isDone(simulator)).toBe(true);
    expect(clock.slept).toEqual([1000, 1500, 2500]);
  });

  test.each([
    [401, "token_readonly"],
    [403, "forbidden"],
    [404, "not_found"],
    [422, "invalid_input"],
    [423, "locked"],
    [423, "protected"],
  ])("that is refused with %i %s is neither repeated nor looked into", async (status, code) => {
    const { hcloud, simulator } = await start(refusal(status, code));
    expect(await failure(run(hcloud))).toMatchObject({ code, unchanged: false });
    expect(simulator.requests).toHaveLength(1);
  });

  test("cancelled while its target is read ends with the reason", async () => {
    const cancel = new AbortController();
    const { client, simulator } = await start((request, response, apply) => {
      if (request.method !== "GET") return lost(request, response, apply);
      cancel.abort("enough");
      return "handled";
    });
    await expect(run(createImagesApi(client, cancel.signal, NOON + 45_000))).rejects.toBe("enough");
    expect(simulator.writes()).toHaveLength(1);
  });

  test("leaves ten seconds of its call to look into what became of it", async () => {
    const { client, simulator, clock } = await start(first(9, method, refusal(429, "rate_limit_exceeded")));
    const hcloud = createImagesApi(client, new AbortController().signal, NOON + 13_000);
    expect(await failure(run(hcloud))).toMatchObject({ code: "rate_limit_exceeded" });
    expect(methodsOf(simulator)).toEqual([method, ...look, method, ...look, method]);
    expect(clock.now()).toBeLessThan(NOON + 3000);
  });
});
