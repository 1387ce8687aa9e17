import { describe, expect, test } from "vitest";
import type { Image, Pagination } from "../../src/hcloud/types.ts";
import { summarizeList } from "../../src/view/list-summary.ts";
import { snapshot } from "../support/random-images.ts";

const page = (page: number, total_entries: number | null, next_page: number | null = null): Pagination => ({
  page,
  per_page: 25,
  previous_page: null,
  next_page,
  last_page: null,
  total_entries,
});

const many = (count: number, rest: Partial<Image> = {}) =>
  Array.from({ length: count }, (_, i) => snapshot(i + 1, rest));

describe("summarizeList", () => {
  test.each<[what: string, images: Image[], page: Pagination, types: string[] | undefined, all?: Image[]]>([
    ["one", many(1), page(1, 1), ["snapshot"]],
    ["a whole list", many(3), page(1, 3), undefined],
    ["a whole list without a total", many(3), page(1, null), undefined],
    ["backups", many(2, { type: "backup" }), page(1, 2), ["backup"]],
    ["two types", [...many(1), snapshot(9, { type: "backup" })], page(1, 2), ["snapshot", "backup"]],
    ["no size", many(2, { image_size: null }), page(1, 2), ["snapshot"]],
    ["the first of several pages", many(25), page(1, 1204, 2), ["snapshot"]],
    ["a page of all types", many(25), page(2, 60, 3), undefined],
    ["the last page", many(10), page(3, 60), ["snapshot"]],
    ["a page without a total", many(25), page(2, null, 3), ["snapshot"]],
    ["a page of a list that was read", many(25), page(2, 60, 3), undefined, many(60)],
    ["a page beyond the last", [], page(9, 60), ["snapshot"]],
    ["nothing", [], page(1, 0), ["snapshot"]],
    ["nothing on a later page", [], page(2, 0), undefined],
    [
      "images of Hetzner",
      [...many(1), snapshot(9, { type: "system", image_size: null })],
      page(1, 2),
      undefined,
    ],
    ["images of Hetzner, asked for", many(1, { type: "system", image_size: null }), page(1, 1), ["system"]],
  ])("the summary of %s", (_, images, page, types, all) => {
    const summary = summarizeList(images, page, types, all);
    expect(summary).toMatchSnapshot();
    // Some MCP clients show no more.
    expect(summary.split(". ")[0]?.length).toBeLessThanOrEqual(110);
  });
});
