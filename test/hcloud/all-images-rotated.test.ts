import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { changeBody, idsUpTo, onPage, pageOf, unorderedProject } from "../support/all-images.ts";
import { idsOf } from "../support/cleanup.ts";
import { catchError, startCloud } from "../support/cloud.ts";
import { image } from "../support/simulated.ts";

/** Deletes the oldest image and creates another one before the request with this number. */
function rotating(
  cloud: Awaited<ReturnType<typeof startCloud>>,
  picks: (number: number) => boolean,
): Intercept {
  let next = 1_000;
  let oldest = 1;
  return () => {
    const { requests, state } = cloud.simulator;
    if (!picks(requests.length)) return undefined;
    state.images.delete(oldest++);
    state.images.set(next, image(next++, { created: new Date(state.now()).toISOString() }));
    return undefined;
  };
}

describe("listAllImages", () => {
  test("misses no image when one is deleted and another created, although the total is the same", async () => {
    const cloud = await startCloud(unorderedProject(60));
    cloud.simulator.intercept = rotating(cloud, (number) => number === 2);
    expect(idsOf(await cloud.hcloud.listAllImages({}))).toEqual([...idsUpTo(60).slice(1), 1_000]);
  });

  test("returns the images of all readings of a project that changes continuously", async () => {
    const cloud = await startCloud(unorderedProject(60));
    cloud.simulator.intercept = rotating(cloud, () => true);
    const found = idsOf(await cloud.hcloud.listAllImages({}));
    for (const id of cloud.simulator.state.images.keys()) {
      if (id < 1_000) expect(found).toContain(id);
    }
  });

  test("reads a single page once, because nothing can be missed", async () => {
    const cloud = await startCloud(unorderedProject(40));
    cloud.simulator.intercept = rotating(cloud, (number) => number === 1);
    await cloud.hcloud.listAllImages({});
    expect(cloud.simulator.requests).toHaveLength(1);
  });
});

describe("lists that are not the requested ones", () => {
  test("a list is malformed when a page is another than the requested one", async () => {
    const { hcloud, simulator } = await startCloud(unorderedProject(60));
    simulator.intercept = onPage(
      2,
      changeBody((body) => ({ ...body, meta: { pagination: { ...body.meta.pagination, page: 1 } } })),
    );
    expect((await catchError(hcloud.listAllImages({}))).code).toBe("malformed_reply");
    expect(simulator.requests.map(pageOf)).toEqual([1, 2]);
  });

  test("a list is malformed when it contains an image of another type", async () => {
    const { hcloud } = await startCloud({ images: [image(1), image(2, { type: "backup", bound_to: 42 })] });
    expect(idsOf(await hcloud.listAllImages({ type: ["snapshot"] }))).toEqual([1]);
    const { hcloud: other, simulator } = await startCloud({ images: [image(1)] });
    simulator.intercept = changeBody((body) => ({ ...body, images: [image(3, { type: "system" })] }));
    expect((await catchError(other.listAllImages({ type: ["snapshot"] }))).code).toBe("malformed_reply");
  });
});
