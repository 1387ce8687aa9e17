import { describe, expect, test } from "vitest";
import type { Intercept, RecordedRequest } from "../../src/simulator/http.ts";
import { image } from "../simulator/support.ts";
import { failure, refusal, startCloud } from "./support.ts";

const project = (count: number) => ({ images: Array.from({ length: count }, (_, i) => image(i + 1)) });
const idsUpTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
const pageOf = ({ query }: RecordedRequest) => Number(new Map(query).get("page"));
const ids = (images: { id: number }[]) => images.map(({ id }) => id);

/** Answers as the API would, with another number of images in all. */
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

describe("pages that shift while they are read", () => {
  test("are read anew when an image is deleted meanwhile, and none is missed", async () => {
    const { hcloud, simulator } = await startCloud(project(150));
    simulator.intercept = () => {
      // Every image after the first 50 moves up by one: number 51 is on no page that is still to be read.
      if (simulator.requests.length === 2) simulator.state.images.delete(1);
      return undefined;
    };
    expect(ids(await hcloud.listAllImages({}))).toEqual(idsUpTo(150).slice(1));
    expect(simulator.requests).toHaveLength(6);
    expect(simulator.requests.map(pageOf).slice(3).toSorted()).toEqual([1, 2, 3]);
  });

  test("do not keep what was deleted before they are read anew", async () => {
    const { hcloud, simulator } = await startCloud(project(120));
    simulator.intercept = () => {
      if (simulator.requests.length === 3) for (const id of [7, 60, 119]) simulator.state.images.delete(id);
      return undefined;
    };
    expect(ids(await hcloud.listAllImages({}))).toEqual(
      idsUpTo(120).filter((id) => ![7, 60, 119].includes(id)),
    );
  });

  test("are read anew when one was made meanwhile", async () => {
    const { hcloud, simulator } = await startCloud(project(100));
    simulator.intercept = () => {
      if (simulator.requests.length === 2) simulator.state.images.set(101, image(101));
      return undefined;
    };
    expect(ids(await hcloud.listAllImages({}))).toEqual(idsUpTo(101));
    expect(simulator.requests).toHaveLength(5);
  });

  test("are read anew when fewer images came than there are, though every page says the same", async () => {
    const { hcloud, simulator } = await startCloud(project(60));
    const more = withTotal((total) => total + 1);
    simulator.intercept = (...request) => (simulator.requests.length <= 2 ? more(...request) : undefined);
    expect(ids(await hcloud.listAllImages({}))).toEqual(idsUpTo(60));
    expect(simulator.requests).toHaveLength(4);
  });

  test.each([
    ["every page says something else", (n: number) => (total: number) => total + n],
    ["there always seem to be more", () => (total: number) => total + 1],
  ])("are read three times at most: %s", async (_, change) => {
    const { hcloud, simulator } = await startCloud(project(60));
    simulator.intercept = (...request) => withTotal(change(simulator.requests.length))(...request);
    expect(ids(await hcloud.listAllImages({}))).toEqual(idsUpTo(60));
    expect(simulator.requests.map(pageOf)).toEqual([1, 2, 1, 2, 1, 2]);
  });

  test("are read once where the API does not say how many there are", async () => {
    const { hcloud, simulator } = await startCloud({ ...project(60), intercept: withTotal(() => null) });
    expect(ids(await hcloud.listAllImages({}))).toEqual(idsUpTo(60));
    expect(simulator.requests).toHaveLength(2);
  });

  test("that cannot be read the second time fail the whole", async () => {
    const { hcloud, simulator } = await startCloud(project(60));
    const more = withTotal((total) => total + 1);
    const forbidden = refusal(403, "forbidden");
    simulator.intercept = (...request) => (simulator.requests.length <= 2 ? more : forbidden)(...request);
    expect(await failure(hcloud.listAllImages({}))).toMatchObject({ code: "forbidden" });
    expect(simulator.requests).toHaveLength(3);
  });

  test("that are read anew are told as far as they have come", async () => {
    const { hcloud, simulator } = await startCloud(project(60));
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
