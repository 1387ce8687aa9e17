import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { changeBody, idsUpTo, onPage, pageOf, unorderedProject } from "../support/all-images.ts";
import { idsOf } from "../support/cleanup.ts";
import { answerAsGateway, catchError, lost, newCall, refuseWith, startCloud } from "../support/cloud.ts";
import { image } from "../support/simulated.ts";

describe("listAllImages", () => {
  test.each([
    [0, 1],
    [1, 1],
    [50, 1],
    [51, 2],
    [230, 5],
    [500, 10],
  ])("returns %i images of %i pages of 50, each read once, by ascending id", async (count, pages) => {
    const { hcloud, simulator, clock } = await startCloud(unorderedProject(count));
    expect(idsOf(await hcloud.listAllImages({}))).toEqual(idsUpTo(count));
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

  test("requests each page with the whole query", async () => {
    const { images } = unorderedProject(120);
    const owned = images.map((one) => ({ ...one, labels: one.id > 10 ? { env: "prod" } : {} }));
    const { hcloud, simulator } = await startCloud({ images: owned });
    const query = { type: ["snapshot", "backup"], label_selector: "env=prod", bound_to: undefined };
    expect(idsOf(await hcloud.listAllImages(query))).toEqual(idsUpTo(120).slice(10));
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

  test("reads the first page alone, then up to four at a time, and starts one as one ends", async () => {
    const { client, simulator } = await startCloud(unorderedProject(600));
    let started = 0;
    const counting: typeof client = {
      ...client,
      send(...args) {
        started++;
        return client.send(...args);
      },
    };
    const held: (() => void)[] = [];
    simulator.intercept = (_, response, apply) => {
      held.push(() => {
        const { status, headers, body } = apply();
        response.writeHead(status, headers).end(JSON.stringify(body));
      });
      return "handled";
    };
    const all = newCall(counting).listAllImages({});
    const inFlight: number[] = [];
    for (let answered = 0; answered < 12; answered++) {
      const expected = answered === 0 ? 1 : Math.min(4, 12 - answered);
      await expect.poll(() => held.length).toBe(expected);
      inFlight.push(started - answered);
      held.pop()?.();
    }
    expect(idsOf(await all)).toEqual(idsUpTo(600));
    expect(inFlight).toEqual([1, 4, 4, 4, 4, 4, 4, 4, 4, 3, 2, 1]);
    expect(simulator.requests.map(pageOf).toSorted((a, b) => a - b)).toEqual(idsUpTo(12));
  });

  test("returns every image once when pages overlap because an image was created", async () => {
    const { hcloud, simulator } = await startCloud(unorderedProject(150));
    simulator.intercept = onPage(
      2,
      changeBody((body) => ({ ...body, images: [image(49), image(50), ...body.images] })),
    );
    expect(idsOf(await hcloud.listAllImages({}))).toEqual(idsUpTo(150));
  });

  test("reads page after page when the API does not state which is the last", async () => {
    const { hcloud, simulator } = await startCloud(unorderedProject(180));
    simulator.intercept = changeBody((body) => ({
      ...body,
      meta: { pagination: { ...body.meta.pagination, last_page: null, total_entries: null } },
    }));
    expect(idsOf(await hcloud.listAllImages({}))).toEqual(idsUpTo(180));
    expect(simulator.requests.map(pageOf)).toEqual([1, 2, 3, 4]);
  });

  test("reports how many images of the total it has read", async () => {
    const { hcloud } = await startCloud(unorderedProject(230));
    const told: [number, number][] = [];
    await hcloud.listAllImages({}, (...step) => told.push(step));
    expect(told).toHaveLength(5);
    expect(told[0]).toEqual([50, 230]);
    expect(told.at(-1)).toEqual([230, 230]);
    const counts = told.map(([done]) => done);
    expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
  });
});

describe("listAllImages", () => {
  const faults: [what: string, fault: Intercept, code: string][] = [
    ["is refused", refuseWith(403, "forbidden"), "forbidden"],
    ["is a web page of a proxy", answerAsGateway(200), "malformed_reply"],
    ["has no list", answerAsGateway(200, '{"meta":{"pagination":{"page":3}}}'), "malformed_reply"],
    [
      "holds an image without labels",
      changeBody((body) => ({ ...body, images: [{ id: 1 }] })),
      "malformed_reply",
    ],
    ["is lost every time", lost, "connection_lost"],
  ];
  for (const page of [1, 2, 5]) {
    test.each(faults)(`rejects when page ${page} of 5 %s`, async (_, fault, code) => {
      const { hcloud, simulator } = await startCloud(unorderedProject(230));
      simulator.intercept = onPage(page, fault);
      expect(await catchError(hcloud.listAllImages({}))).toMatchObject({ code });
    });
  }

  test("rejects when several pages fail at the same time", async () => {
    const { hcloud, simulator } = await startCloud(unorderedProject(230));
    const forbidden = refuseWith(403, "forbidden");
    simulator.intercept = (request, ...rest) =>
      pageOf(request) > 1 ? forbidden(request, ...rest) : undefined;
    expect(await catchError(hcloud.listAllImages({}))).toMatchObject({ code: "forbidden" });
  });

  test("rejects with the signal's reason when the call is cancelled", async () => {
    const { client, simulator } = await startCloud(unorderedProject(230));
    const cancel = new AbortController();
    simulator.intercept = onPage(3, () => {
      cancel.abort("enough");
      return "handled";
    });
    const hcloud = newCall(client, cancel.signal);
    await expect(hcloud.listAllImages({})).rejects.toBe("enough");
  });
});
