import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { idsUpTo, pageOf, unorderedProject } from "../support/all-images.ts";
import { idsOf } from "../support/cleanup.ts";
import { catchError, refuseWith, startCloud } from "../support/cloud.ts";
import { image } from "../support/simulated.ts";

/** Answers as the API does, with another number of images in all. */
function withTotal(change: (total: number) => number | null): Intercept {
  return (_, response, apply) => {
    const { status, headers, body } = apply();
    const page = body as { meta: { pagination: { total_entries: number } } };
    const total_entries = change(page.meta.pagination.total_entries);
    const answer = { ...page, meta: { pagination: { ...page.meta.pagination, total_entries } } };
    response.writeHead(status, headers).end(JSON.stringify(answer));
    return "handled";
  };
}

describe("listAllImages", () => {
  test("reads all pages again when an image is deleted in between, and misses none", async () => {
    const { hcloud, simulator } = await startCloud(unorderedProject(150));
    simulator.intercept = () => {
      // Every image after the first 50 moves up by one: number 51 is on no page that is still to be read.
      if (simulator.requests.length === 2) simulator.state.images.delete(1);
      return undefined;
    };
    expect(idsOf(await hcloud.listAllImages({}))).toEqual(idsUpTo(150).slice(1));
    expect(simulator.requests).toHaveLength(6);
    expect(simulator.requests.map(pageOf).slice(3).toSorted()).toEqual([1, 2, 3]);
  });

  test("does not return an image that was deleted before the pages are read again", async () => {
    const { hcloud, simulator } = await startCloud(unorderedProject(120));
    simulator.intercept = () => {
      if (simulator.requests.length === 3) for (const id of [7, 60, 119]) simulator.state.images.delete(id);
      return undefined;
    };
    expect(idsOf(await hcloud.listAllImages({}))).toEqual(
      idsUpTo(120).filter((id) => ![7, 60, 119].includes(id)),
    );
  });

  test("reads all pages again when an image is created in between", async () => {
    const { hcloud, simulator } = await startCloud(unorderedProject(100));
    simulator.intercept = () => {
      if (simulator.requests.length === 2) simulator.state.images.set(101, image(101));
      return undefined;
    };
    expect(idsOf(await hcloud.listAllImages({}))).toEqual(idsUpTo(101));
    expect(simulator.requests).toHaveLength(5);
  });

  test("reads all pages again when fewer images arrive than every page states", async () => {
    const { hcloud, simulator } = await startCloud(unorderedProject(60));
    const more = withTotal((total) => total + 1);
    simulator.intercept = (...request) => (simulator.requests.length <= 2 ? more(...request) : undefined);
    expect(idsOf(await hcloud.listAllImages({}))).toEqual(idsUpTo(60));
    expect(simulator.requests).toHaveLength(4);
  });

  test.each([
    ["every page says another number", (n: number) => (total: number) => total + n],
    ["every page says one more", () => (total: number) => total + 1],
  ])("reads the pages at most three times when %s", async (_, change) => {
    const { hcloud, simulator } = await startCloud(unorderedProject(60));
    simulator.intercept = (...request) => withTotal(change(simulator.requests.length))(...request);
    expect(idsOf(await hcloud.listAllImages({}))).toEqual(idsUpTo(60));
    expect(simulator.requests.map(pageOf)).toEqual([1, 2, 1, 2, 1, 2]);
  });

  test("reads the pages once when the API does not state how many images exist", async () => {
    const { hcloud, simulator } = await startCloud({
      ...unorderedProject(60),
      intercept: withTotal(() => null),
    });
    expect(idsOf(await hcloud.listAllImages({}))).toEqual(idsUpTo(60));
    expect(simulator.requests).toHaveLength(2);
  });

  test("rejects when a page cannot be read the second time", async () => {
    const { hcloud, simulator } = await startCloud(unorderedProject(60));
    const more = withTotal((total) => total + 1);
    const forbidden = refuseWith(403, "forbidden");
    simulator.intercept = (...request) => (simulator.requests.length <= 2 ? more : forbidden)(...request);
    expect(await catchError(hcloud.listAllImages({}))).toMatchObject({ code: "forbidden" });
    expect(simulator.requests).toHaveLength(3);
  });

  test("reports progress from the start when it reads all pages again", async () => {
    const { hcloud, simulator } = await startCloud(unorderedProject(60));
    const more = withTotal((total) => total + 1);
    simulator.intercept = (...request) => (simulator.requests.length <= 2 ? more(...request) : undefined);
    const told: [number, number][] = [];
    await hcloud.listAllImages({}, (...step) => told.push(step));
    expect(told).toEqual([
      [50, 61],
      [60, 61],
      [50, 60],
      [60, 60],
    ]);
  });
});
