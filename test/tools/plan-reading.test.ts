import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { answering, apiError, expectFailure, failure, lines, start } from "../support/answers.ts";
import {
  byNumber,
  EVERY_IMAGE,
  holdInFours,
  many,
  onRequest,
  PLAN,
  pagesAsked,
  planOf,
  reply,
} from "../support/cleanup.ts";
import { lost } from "../support/cloud.ts";

const isPage = ({ path }: { path: string }) => path === "/images";

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe("list of hcloud_plan_image_cleanup", () => {
  test("a plan reads every page of the list once: 50 a page, by id, of the requested type", async () => {
    const { call, simulator } = await start({ images: many(451) });
    expect(planOf(await call(PLAN, { keep_last: 1 })).considered).toBe(451);
    expect(pagesAsked(simulator.requests).sort(byNumber)).toEqual(upTo(10));
    for (const { query } of simulator.requests.filter(isPage)) {
      expect(query).toEqual([
        ["type", "snapshot"],
        ["sort", "id:asc"],
        ["page", expect.any(String)],
        ["per_page", "50"],
      ]);
    }
    expect(lines(simulator.requests).filter((line) => line !== "GET /images")).toEqual(["GET /pricing"]);
  });

  test("a plan reads the list with at most four concurrent requests", async () => {
    const { call, simulator } = await start({ images: many(450) });
    const fours = holdInFours(
      ({ path, query }) => path === "/images" && !query.some(([, page]) => page === "1"),
    );
    simulator.intercept = fours.intercept;
    expect(planOf(await call(PLAN, { keep_last: 1 })).considered).toBe(450);
    expect(fours.most()).toBe(4);
  });

  test("the API filters the list of a plan by label_selector and type", async () => {
    const { call, simulator } = await start();
    const label_selector = "env in (prod, staging),!keep,role!=db";
    const backups = planOf(await call(PLAN, { type: "backup", label_selector, keep_last: 1 }));
    expect(backups.policy).toMatch(
      /^Deletes backups matching "env in \(prod, staging\),!keep,role!=db"\. Keeps /,
    );
    const [request] = simulator.requests;
    expect(request?.query).toContainEqual(["type", "backup"]);
    expect(request?.query).toContainEqual(["label_selector", label_selector]);
  });

  test("the API receives a long selector completely, and the policy repeats 200 characters", async () => {
    const { call, simulator } = await start();
    const label_selector = `env in (${Array.from({ length: 100 }, (_, i) => `value-${i}`).join(",")})`;
    const { policy } = planOf(await call(PLAN, { label_selector }));
    const cut = `${label_selector.slice(0, 200)}... (+${label_selector.length - 200} characters)`;
    expect(policy).toContain(`Deletes snapshots matching ${JSON.stringify(cut)}. Keeps `);
    expect(simulator.requests[0]?.query).toContainEqual(["label_selector", label_selector]);
  });

  test("a plan over 10,000 images takes 200 requests, each page once", async () => {
    const { call, simulator } = await start({ images: many(10_000), rateLimit: 100_000 });
    const plan = planOf(await call(PLAN, { older_than_days: 9_500 }));
    expect(plan).toMatchObject({ considered: 10_000, to_delete: { images: 500 } });
    expect(pagesAsked(simulator.requests).sort(byNumber)).toEqual(upTo(200));
  });

  test("a plan reads more slowly before the rate limit is used up, so that others keep their requests", async () => {
    const { call, simulator, clock } = await start({
      images: many(5_000),
      rateLimit: 60,
      callMs: 36_000_000,
    });
    expect(planOf(await call(PLAN, { keep_last: 1 })).considered).toBe(5_000);
    expect(clock.slept.length).toBeGreaterThan(10);
    expect(simulator.requests.map(({ status }) => status)).not.toContain(429);
  });

  test("a plan leaves requests to others also when its time does not suffice", async () => {
    const { call, simulator } = await start({ images: many(10_000) });
    simulator.state.bucket.tokens = 60;
    await call(PLAN, { keep_last: 1 });
    expect(simulator.requests.map(({ status }) => status)).not.toContain(429);
  });

  test("a plan reads the list again when the list grew, and counts a moved image once", async () => {
    const images = many(120);
    const { call, simulator } = await start({ images });
    const [first] = many(1);
    if (!first) throw new Error("no image");
    simulator.intercept = onRequest(2, isPage, () => {
      simulator.state.images.set(1, { ...first, id: 1 });
    });
    const plan = planOf(await call(PLAN, EVERY_IMAGE));
    const ids = plan.rows.map(([id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(plan).toMatchObject({ considered: 121, total: 121 });
    expect(pagesAsked(simulator.requests).sort(byNumber)).toEqual([1, 1, 2, 2, 3, 3]);
  });
});

describe("incomplete lists", () => {
  const broken: [string, Intercept][] = [
    ["a 500", answering("GET", "/images", apiError(500, "server_error", "oops"))],
    ["a 401", answering("GET", "/images", apiError(401, "unauthorized", "no"))],
    ["a gateway's page", answering("GET", "/images", { status: 200, body: "<html>" })],
    ["an empty object", answering("GET", "/images", { status: 200, body: {} })],
    ["a list that is none", answering("GET", "/images", { status: 200, body: { images: null, meta: {} } })],
    ["a lost connection", lost],
    [
      "an image without protection",
      (_, response, apply) => {
        const { body } = apply() as { body: { images: Record<string, unknown>[] } };
        const images = body.images.map(({ protection: _, ...image }) => image);
        response.writeHead(200, { "Content-Type": "application/json" });
        response.end(JSON.stringify({ ...body, images }));
        return "handled";
      },
    ],
  ];

  test.each(broken)("one page that is %s fails the plan, without a code", async (_, fault) => {
    const { call, simulator } = await start({ images: many(300) });
    simulator.intercept = (request, response, apply) =>
      request.query.some(([name, value]) => name === "page" && value === "4")
        ? fault(request, response, apply)
        : undefined;
    const told = failure(await call(PLAN, { keep_last: 1 }));
    expect(told).not.toMatch(/#[2-9a-z]{12}/);
    expect(told).not.toContain("confirm");
  });

  test("a temporary fault is retried, and the plan is complete", async () => {
    const { call, simulator } = await start({ images: many(300) });
    simulator.intercept = onRequest(3, isPage, answering("GET", "/images", apiError(503, "unavailable")));
    expect(planOf(await call(PLAN, { keep_last: 1 }))).toMatchObject({ considered: 300, total: 299 });
  });

  test("a plan without the right to read is an error, not an empty plan", async () => {
    const { call } = await start({ images: many(3), clientToken: "x".repeat(64) });
    expectFailure(await call(PLAN, { keep_last: 1 }), "unauthorized");
  });
});

test("progress of a plan grows with the images read of the total", async () => {
  const { call } = await start({ images: many(260) });
  const told: [done: number, total: number | undefined][] = [];
  await call(PLAN, { keep_last: 1 }, { onprogress: ({ progress, total }) => told.push([progress, total]) });
  expect(told.at(0)).toEqual([50, 260]);
  expect(told.at(-1)).toEqual([260, 260]);
  const done = told.map(([progress]) => progress);
  expect(done).toEqual([...new Set(done)].sort(byNumber));
  expect(new Set(told.map(([, total]) => total))).toEqual(new Set([260]));
});

test("a cancelled plan requests no further page", async () => {
  const { call, simulator } = await start({ images: many(1_000) });
  const cancel = new AbortController();
  let closed = 0;
  const allClosed = new Promise<void>((resolve) => {
    simulator.intercept = (request, response, apply) => {
      if (simulator.requests.length === 1) return reply(request, response, apply);
      response.once("close", () => ++closed === 4 && resolve());
      if (simulator.requests.length === 5) cancel.abort();
      return "handled";
    };
  });
  await expect(call(PLAN, { keep_last: 1 }, { signal: cancel.signal })).rejects.toThrow();
  await allClosed;
  expect(simulator.requests).toHaveLength(5);
});
