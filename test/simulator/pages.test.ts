import { describe, expect, test } from "vitest";
import { image, listedIds, startSimulated } from "../support/simulated.ts";

describe("pages", () => {
  const many = Array.from({ length: 61 }, (_, index) => image(index + 1, { labels: { n: String(index) } }));

  test("the first page has 25 images and the number of the next", async () => {
    const { ask, endpoint } = await startSimulated({ images: many });
    const reply = await ask("GET", "/images?type=snapshot&sort=created%3Adesc");
    expect(reply.body.images).toHaveLength(25);
    expect(reply.body.meta.pagination).toEqual({
      page: 1,
      per_page: 25,
      previous_page: null,
      next_page: 2,
      last_page: 3,
      total_entries: 61,
    });
    const to = `${endpoint}/images?type=snapshot&sort=created%3Adesc`;
    expect(reply.headers.get("Link")).toBe(
      `<${to}&page=2&per_page=25>; rel="next", <${to}&page=3&per_page=25>; rel="last"`,
    );
  });

  test("the links lead through every image once, and back", async () => {
    const { ask, endpoint } = await startSimulated({ images: many });
    const seen: number[] = [];
    let path: string | undefined = "/images?per_page=20&page=1";
    let back: string | undefined;
    while (path !== undefined) {
      const reply = await ask("GET", path);
      seen.push(...listedIds(reply));
      const link: string = reply.headers.get("Link") ?? "";
      back = /<([^>]*)>; rel="prev"/.exec(link)?.[1];
      path = /<([^>]*)>; rel="next"/.exec(link)?.[1]?.slice(endpoint.length);
    }
    expect(seen).toEqual(many.map(({ id }) => id));
    expect(back).toBe(`${endpoint}/images?per_page=20&page=3`);
  });

  test("the last page has no next, and a page beyond it is empty", async () => {
    const { ask } = await startSimulated({ images: many });
    const last = await ask("GET", "/images?page=2&per_page=50");
    expect(last.body.images).toHaveLength(11);
    expect(last.body.meta.pagination).toMatchObject({ previous_page: 1, next_page: null, last_page: 2 });
    const beyond = await ask("GET", "/images?page=9&per_page=50");
    expect(beyond.status).toBe(200);
    expect(beyond.body.images).toEqual([]);
    expect(beyond.body.meta.pagination).toMatchObject({ page: 9, previous_page: 2, next_page: null });
  });

  test("an empty list has one page without images", async () => {
    const { ask } = await startSimulated({ images: [] });
    for (const path of ["/images", "/images/actions"]) {
      const reply = await ask("GET", path);
      expect(listedIds(reply)).toEqual([]);
      expect(reply.body.meta.pagination).toEqual({
        page: 1,
        per_page: 25,
        previous_page: null,
        next_page: null,
        last_page: 1,
        total_entries: 0,
      });
    }
  });
});
