/** Filters that the API lacks, against what the API's whole list has. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseInstant } from "../../src/hcloud/time.ts";
import type { Image } from "../../src/hcloud/types.ts";
import { rows, start } from "../support/answers.ts";
import { type Harness, NOON } from "../support/harness.ts";
import { randomProject, snapshot } from "../support/random-images.ts";

const LIST = "hcloud_list_images";
const DAY_MS = 86_400_000;

async function idsOf({ call }: Harness, args: Record<string, unknown>): Promise<unknown[]> {
  return rows(await call(LIST, { per_page: 50, ...args })).map(({ id }) => id);
}

function put({ simulator }: Harness, images: readonly Image[]): void {
  simulator.state.images.clear();
  for (const image of images) simulator.state.images.set(image.id, image);
}

const from = (id: number, name: string) => ({ created_from: { id, name } });

describe("random filters of hcloud_list_images", () => {
  const sort = fc.array(fc.constantFrom("id", "id:desc", "name", "created", "created:asc", "created:desc"), {
    maxLength: 2,
  });

  test("a filtered list is sorted like the API's list", async () => {
    const harness = await start({ images: [], rateLimit: 1_000_000 });
    const runs = fc.asyncProperty(randomProject, sort, async (images, keys) => {
      put(harness, images);
      const args = { type: ["snapshot", "backup"], ...(keys.length > 0 && { sort: keys }) };
      // Passes every image, since all have a time before.
      expect(await idsOf(harness, { ...args, created_before: "2100-01-01" })).toEqual(
        await idsOf(harness, args),
      );
    });
    await fc.assert(runs, { numRuns: 40, seed: 7 });
  });

  test("a filtered list contains exactly the images that meet every filter", async () => {
    const harness = await start({ images: [], rateLimit: 1_000_000 });
    const filters = fc.record(
      {
        server: fc.constantFrom(["42"], ["web-1"], ["9", "web-2"]),
        description_contains: fc.constantFrom("NIGHT", "e", "update"),
        older_than_days: fc.constantFrom(1, 30, 400),
        created_before: fc.constantFrom("2026-01-01", "2026-10-25T02:30:00Z"),
      },
      { requiredKeys: [] },
    );
    const runs = fc.asyncProperty(randomProject, filters, async (images, filter) => {
      // Every server that is asked for is known.
      const known = [42, 43, 9].map((id, i) =>
        snapshot(i + 1, from(id, ["web-1", "web-2", "gone"][i] ?? "")),
      );
      put(harness, [...known, ...images]);
      const { server, description_contains: part, older_than_days: days, created_before: before } = filter;
      const expected = [...known, ...images].filter(
        ({ created_from, description, created }) =>
          (!server || server.some((one) => one === String(created_from?.id) || one === created_from?.name)) &&
          (!part || description.toLowerCase().includes(part.toLowerCase())) &&
          (!days || NOON - parseInstant(created) > days * DAY_MS) &&
          (!before || parseInstant(created) < Date.parse(before)),
      );
      const found = await idsOf(harness, { type: ["snapshot", "backup"], ...filter });
      expect(found).toEqual(expected.map(({ id }) => id).sort((a, b) => a - b));
    });
    await fc.assert(runs, { numRuns: 60, seed: 11 });
  });
});
