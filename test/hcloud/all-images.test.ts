import { describe, expect, test } from "vitest";
import { createImagesApi } from "../../src/hcloud/images.ts";
import type { Intercept, RecordedRequest } from "../../src/simulator/http.ts";
import { image } from "../simulator/support.ts";
import { NOON } from "../support/harness.ts";
import { answered, CALL_MS, failure, lost, refusal, startCloud } from "./support.ts";

/** A project of that many images, with ids from 1 in no order. */
const project = (count: number) => {
  const images = Array.from({ length: count }, (_, i) => image(i + 1));
  return { images: [...images.filter(({ id }) => id % 3 === 0), ...images.filter(({ id }) => id % 3 !== 0)] };
};
const idsUpTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const pageOf = ({ query }: RecordedRequest) => Number(new Map(query).get("page"));
const ids = (images: { id: number }[]) => images.map(({ id }) => id);

/** An intercept for one page only. */
function onPage(page: number, fault: Intercept): Intercept {
  return (request, ...rest) => (pageOf(request) === page ? fault(request, ...rest) : undefined);
}

/** Answers as the API would, but for what `change` makes of it. */
function changed(change: (body: { images: object[]; meta: { pagination: object } }) => object): Intercept {
  return (_, response, apply) => {
    const { status, headers, body } = apply();
    const answer = change(body as { images: object[]; meta: { pagination: object } });
    response.writeHead(status, headers).end(JSON.stringify(answer));
    return "handled";
  };
}

describe("reading all images", () => {
  test.each([
    [0, 1],
    [1, 1],
    [50, 1],
    [51, 2],
    [230, 5],
    [500, 10],
  ])("of %i reads %i pages of 50, each once, and returns them by their ids", async (count, pages) => {
    const { hcloud, simulator, clock } = await startCloud(project(count));
    expect(ids(await hcloud.listAllImages({}))).toEqual(idsUpTo(count));
    const asked = simulator.requests.map(({ query }) => query.toSorted());
    expect(asked.toSorted((a, b) => Number(a[0]?.[1]) - Number(b[0]?.[1]))).toEqual(
      idsUpTo(pages).map((page) => [
        ["page", String(page)],
        ["per_page", "50"],
        ["sort", "id:asc"],
      ]),
    );
    expect(clock.slept).toEqual([]);
  });

  test("asks for each page with the whole query", async () => {
    const { images } = project(120);
    const owned = images.map((one) => ({ ...one, labels: one.id > 10 ? { env: "prod" } : {} }));
    const { hcloud, simulator } = await startCloud({ images: owned });
    const query = { type: ["snapshot", "backup"], label_selector: "env=prod", bound_to: undefined };
    expect(ids(await hcloud.listAllImages(query))).toEqual(idsUpTo(120).slice(10));
    expect(simulator.requests).toHaveLength(3);
    for (const request of simulator.requests) {
      expect(request.query).toEqual([
        ["type", "snapshot"],
        ["type", "backup"],
        ["label_selector", "env=prod"],
        ["sort", "id:asc"],
        ["page", String(pageOf(request))],
        ["per_page", "50"],
      ]);
    }
  });

  test("has the first page alone under way, then never more than four, and starts one as one ends", async () => {
    const { hcloud, simulator } = await startCloud(project(600));
    const held: (() => void)[] = [];
    simulator.intercept = (_, response, apply) => {
      held.push(() => {
        const { status, headers, body } = apply();
        response.writeHead(status, headers).end(JSON.stringify(body));
      });
      return "handled";
    };
    const all = hcloud.listAllImages({});
    const inFlight: number[] = [];
    for (let answered = 0; answered < 12; answered++) {
      const expected = answered === 0 ? 1 : Math.min(4, 12 - answered);
      await expect.poll(() => held.length).toBe(expected);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inFlight.push(held.length);
      held.pop()?.();
    }
    expect(ids(await all)).toEqual(idsUpTo(600));
    expect(inFlight).toEqual([1, 4, 4, 4, 4, 4, 4, 4, 4, 3, 2, 1]);
    expect(simulator.requests.map(pageOf).toSorted((a, b) => a - b)).toEqual(idsUpTo(12));
  });

  test("has every image once, though pages overlap because one was made meanwhile", async () => {
    const { hcloud, simulator } = await startCloud(project(150));
    simulator.intercept = onPage(
      2,
      changed((body) => ({ ...body, images: [image(49), image(50), ...body.images] })),
    );
    expect(ids(await hcloud.listAllImages({}))).toEqual(idsUpTo(150));
  });

  test("goes from page to page where the API does not say which is the last", async () => {
    const { hcloud, simulator } = await startCloud(project(180));
    simulator.intercept = changed((body) => ({
      ...body,
      meta: { pagination: { ...body.meta.pagination, last_page: null, total_entries: null } },
    }));
    expect(ids(await hcloud.listAllImages({}))).toEqual(idsUpTo(180));
    expect(simulator.requests.map(pageOf)).toEqual([1, 2, 3, 4]);
  });

  test("tells how many it has, of how many", async () => {
    const { hcloud } = await startCloud(project(230));
    const told: [number, number][] = [];
    await hcloud.listAllImages({}, (...step) => told.push(step));
    expect(told).toHaveLength(5);
    expect(told[0]).toEqual([50, 230]);
    expect(told.at(-1)).toEqual([230, 230]);
    const counts = told.map(([done]) => done);
    expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
  });
});

describe("a page that cannot be read fails the whole", () => {
  const faults: [what: string, fault: Intercept, code: string][] = [
    ["is refused", refusal(403, "forbidden"), "forbidden"],
    ["is a page of a proxy", answered(200), "malformed_reply"],
    ["has no list", answered(200, '{"meta":{"pagination":{"page":3}}}'), "malformed_reply"],
    [
      "holds an image without labels",
      changed((body) => ({ ...body, images: [{ id: 1 }] })),
      "malformed_reply",
    ],
    ["is lost again and again", lost, "connection_lost"],
  ];
  for (const page of [1, 2, 5]) {
    test.each(faults)(`when page ${page} of 5 %s`, async (_, fault, code) => {
      const { hcloud, simulator } = await startCloud(project(230));
      simulator.intercept = onPage(page, fault);
      expect(await failure(hcloud.listAllImages({}))).toMatchObject({ code });
    });
  }

  test("when several do at the same time", async () => {
    const { hcloud, simulator } = await startCloud(project(230));
    const forbidden = refusal(403, "forbidden");
    simulator.intercept = (request, ...rest) =>
      pageOf(request) > 1 ? forbidden(request, ...rest) : undefined;
    expect(await failure(hcloud.listAllImages({}))).toMatchObject({ code: "forbidden" });
  });

  test("when the call is cancelled, with the signal's reason", async () => {
    const { client, simulator } = await startCloud(project(230));
    const cancel = new AbortController();
    simulator.intercept = onPage(3, () => {
      cancel.abort("enough");
      return "handled";
    });
    const hcloud = createImagesApi(client, cancel.signal, NOON + CALL_MS);
    await expect(hcloud.listAllImages({})).rejects.toBe("enough");
  });
});

describe("when few requests are left, each further page waits", () => {
  /** Pages of so many images, after the first of which that many of the hour's requests remain. */
  async function withRemaining(remaining: number, rateLimit: number, images = 150) {
    const cloud = await startCloud({ ...project(images), rateLimit });
    cloud.simulator.state.bucket.tokens = remaining + 1;
    return cloud;
  }

  test.each([
    [40, 3600, []],
    [39, 3600, [4000, 4000]],
    [10, 3600, [4000, 4000]],
    [39, 7200, [2000, 2000]],
  ])("with %i of %i left: %j ms", async (remaining, limit, slept) => {
    const { hcloud, clock } = await withRemaining(remaining, limit);
    expect(ids(await hcloud.listAllImages({}))).toEqual(idsUpTo(150));
    expect(clock.slept).toEqual(slept);
  });

  test("but never past the deadline", async () => {
    const once = await withRemaining(30, 360, 100);
    expect(ids(await once.hcloud.listAllImages({}))).toEqual(idsUpTo(100));
    expect(once.clock.slept).toEqual([40_000]);

    // At 320 an hour the wait would end exactly at the deadline; nothing is sent in its stead.
    const never = await withRemaining(30, 320, 100);
    expect(await failure(never.hcloud.listAllImages({}))).toMatchObject({
      code: "deadline_exceeded",
      message: "the project's requests are nearly used up, and there was no time to wait",
    });
    expect(never.clock.slept).toEqual([]);
    expect(never.simulator.requests.map(pageOf)).toEqual([1]);
  });

  test("nor before the first, of which nothing is known yet", async () => {
    const { hcloud, clock } = await startCloud({ ...project(20), rateLimit: 30 });
    expect(ids(await hcloud.listAllImages({}))).toEqual(idsUpTo(20));
    expect(clock.slept).toEqual([]);
  });

  test("and a cancelled call does not wait", async () => {
    const { client, simulator, clock } = await withRemaining(10, 3600);
    const cancel = new AbortController();
    const sleep = clock.sleep;
    clock.sleep = async (ms, signal) => {
      cancel.abort("enough");
      return sleep(ms, signal);
    };
    const hcloud = createImagesApi(client, cancel.signal, NOON + CALL_MS);
    await expect(hcloud.listAllImages({})).rejects.toBe("enough");
    expect(simulator.requests).toHaveLength(1);
  });
});

describe("pages that lead nowhere", () => {
  const lying = (lies: object) =>
    changed((body) => ({ ...body, meta: { pagination: { ...body.meta.pagination, ...lies } } }));

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
  ])("are not followed for ever: %j", async (lies) => {
    const { hcloud, simulator } = await startCloud({
      ...project(120),
      rateLimit: 1e9,
      intercept: lying(lies),
    });
    const read = await hcloud.listAllImages({}).catch((error) => error);
    expect(simulator.requests.length).toBeLessThanOrEqual(30);
    for (const request of simulator.requests) expect(pageOf(request)).toBeGreaterThanOrEqual(1);
    if (read instanceof Error) expect(read).toMatchObject({ code: "malformed_reply" });
    else expect(ids(read)).toEqual(idsUpTo(120));
  });

  test("and an endless row of pages ends at a thousand", async () => {
    const endless: Intercept = (request, response) => {
      const page = pageOf(request);
      const pagination = { page, per_page: 50, next_page: page + 1, last_page: null, total_entries: null };
      const headers = { "Content-Type": "application/json" };
      response.writeHead(200, headers).end(JSON.stringify({ images: [image(page)], meta: { pagination } }));
      return "handled";
    };
    const { hcloud, simulator } = await startCloud({ intercept: endless });
    const error = await failure(hcloud.listAllImages({}));
    expect(error.code).toBe("malformed_reply");
    expect(simulator.requests).toHaveLength(1000);
  });

  test("nor is a list without images taken for an empty project when they were counted", async () => {
    const empty = changed((body) => ({ ...body, images: [] }));
    const { hcloud } = await startCloud({ ...project(3), intercept: empty });
    expect((await failure(hcloud.listAllImages({}))).code).toBe("malformed_reply");
  });
});
