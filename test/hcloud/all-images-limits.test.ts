import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { changeBody, idsUpTo, pageOf, unorderedProject } from "../support/all-images.ts";
import { idsOf } from "../support/cleanup.ts";
import { catchError, newCall, startCloud } from "../support/cloud.ts";
import { image } from "../support/simulated.ts";

describe("listAllImages", () => {
  /** A project in which so many requests remain after the first page. */
  async function withRemaining(remaining: number, rateLimit: number, images = 150) {
    const cloud = await startCloud({ ...unorderedProject(images), rateLimit });
    cloud.simulator.state.bucket.tokens = remaining + 1;
    return cloud;
  }

  test.each([
    [40, 3600, []],
    [39, 3600, [4000, 4000]],
    [10, 3600, [4000, 4000]],
    [39, 7200, [2000, 2000]],
  ])(
    "waits before each page after the first when %i of %i requests are left: %j ms",
    async (remaining, limit, slept) => {
      const { hcloud, clock } = await withRemaining(remaining, limit);
      expect(idsOf(await hcloud.listAllImages({}))).toEqual(idsUpTo(150));
      expect(clock.slept).toEqual(slept);
    },
  );

  test("never waits past the deadline", async () => {
    const once = await withRemaining(30, 360, 100);
    expect(idsOf(await once.hcloud.listAllImages({}))).toEqual(idsUpTo(100));
    expect(once.clock.slept).toEqual([40_000]);

    // At 320 an hour the wait ends exactly at the deadline.
    const never = await withRemaining(30, 320, 100);
    expect(await catchError(never.hcloud.listAllImages({}))).toMatchObject({
      code: "deadline_exceeded",
      message: "the project's requests are nearly used up, and there was no time to wait",
    });
    expect(never.clock.slept).toEqual([]);
    expect(never.simulator.requests.map(pageOf)).toEqual([1]);
  });

  test("does not wait before the first page, when no limit is known", async () => {
    const { hcloud, clock } = await startCloud({ ...unorderedProject(20), rateLimit: 30 });
    expect(idsOf(await hcloud.listAllImages({}))).toEqual(idsUpTo(20));
    expect(clock.slept).toEqual([]);
  });

  test("does not wait when the call is cancelled", async () => {
    const { client, simulator, clock } = await withRemaining(10, 3600);
    const cancel = new AbortController();
    const sleep = clock.sleep;
    clock.sleep = async (ms, signal) => {
      cancel.abort("enough");
      return sleep(ms, signal);
    };
    const hcloud = newCall(client, cancel.signal);
    await expect(hcloud.listAllImages({})).rejects.toBe("enough");
    expect(simulator.requests).toHaveLength(1);
  });
});

describe("listAllImages", () => {
  const lying = (lies: object) =>
    changeBody((body) => ({ ...body, meta: { pagination: { ...body.meta.pagination, ...lies } } }));

  test.each([
    [{ next_page: 1 }],
    [{ next_page: 2 }],
    [{ next_page: 1, last_page: null }],
    [{ next_page: 2, last_page: null }],
    [{ next_page: 3 }],
    [{ next_page: -1 }],
    [{ next_page: 1.5 }],
    [{ last_page: 1e9 }],
    [{ last_page: -1 }],
    [{ last_page: 1 }],
    [{ last_page: 2.5 }],
    [{ last_page: 1000 }],
    [{ last_page: 1000, next_page: 2, total_entries: 50_000 }],
    [{ last_page: null, total_entries: 50_000 }],
  ])("ends after few pages when misnumbered pages say %j", async (lies) => {
    const { hcloud, simulator } = await startCloud({
      ...unorderedProject(120),
      rateLimit: 1e9,
      intercept: lying(lies),
    });
    const read = await hcloud.listAllImages({}).catch((error) => error);
    expect(simulator.requests.length).toBeLessThanOrEqual(30);
    for (const request of simulator.requests) expect(pageOf(request)).toBeGreaterThanOrEqual(1);
    if (read instanceof Error) expect(read).toMatchObject({ code: "malformed_reply" });
    else expect(idsOf(read)).toEqual(idsUpTo(120));
  });

  test("ends after a thousand pages when pages never end", async () => {
    const endless: Intercept = (request, response) => {
      const page = pageOf(request);
      const pagination = { page, per_page: 50, next_page: page + 1, last_page: null, total_entries: null };
      const headers = { "Content-Type": "application/json" };
      response.writeHead(200, headers).end(JSON.stringify({ images: [image(page)], meta: { pagination } }));
      return "handled";
    };
    const { hcloud, simulator } = await startCloud({ intercept: endless });
    const error = await catchError(hcloud.listAllImages({}));
    expect(error.code).toBe("malformed_reply");
    expect(simulator.requests).toHaveLength(1000);
  });

  test("does not take a list without images for an empty project when the API counts images", async () => {
    const empty = changeBody((body) => ({ ...body, images: [] }));
    const { hcloud } = await startCloud({ ...unorderedProject(3), intercept: empty });
    expect((await catchError(hcloud.listAllImages({}))).code).toBe("malformed_reply");
  });
});
