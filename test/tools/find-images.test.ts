/** Servers that a plan and a report are asked about or are to leave out. */

import { describe, expect, test } from "vitest";
import { expectMistake, rows, start } from "../support/answers.ts";
import { aged, PLAN } from "../support/cleanup.ts";
import type { Harness } from "../support/harness.ts";

const from = (id: number, name: string) => ({ created_from: { id, name } });

const POLICY = { created_before: "2100-01-01", allow_empty_groups: true };

const IMAGES = [
  aged(1, 90, from(42, "db-1")),
  aged(2, 60, { ...from(42, "db-main"), labels: { env: "prod" } }),
  aged(3, 30, { ...from(43, "web-1"), labels: { env: "prod" } }),
  aged(4, 20, { ...from(44, "old-db"), type: "backup" }),
  aged(5, 10, { ...from(44, "shop"), labels: { env: "prod" } }),
];

async function plannedOf({ call }: Harness, args: Record<string, unknown>): Promise<unknown[]> {
  return rows(await call(PLAN, { ...POLICY, ...args }))
    .map(({ id }) => Number(id))
    .sort();
}

describe("hcloud_plan_image_cleanup", () => {
  test.each<[args: Record<string, unknown>, ids: number[]]>([
    [{ server: "web-1" }, [3]],
    [{ server: ["42", "43"] }, [1, 2, 3]],
    [{ exclude_servers: ["web-1"] }, [1, 2, 5]],
    [{ exclude_servers: "42" }, [3, 5]],
  ])("a plan with %j considers %j", async (args, ids) => {
    expect(await plannedOf(await start({ images: IMAGES }), args)).toEqual(ids);
  });

  test("a plan excludes a renamed server by any of its names", async () => {
    const harness = await start({ images: IMAGES });
    expect(await plannedOf(harness, { exclude_servers: ["db-1"] })).toEqual([3, 5]);
    expect(await plannedOf(harness, { exclude_servers: ["db-main"] })).toEqual([3, 5]);
  });

  test("a plan excludes a renamed server also when a filter excludes the images with that name", async () => {
    const harness = await start({ images: IMAGES });
    const label_selector = "env=prod";
    expect(await plannedOf(harness, { label_selector, exclude_servers: ["db-1"] })).toEqual([3, 5]);
    expect(await plannedOf(harness, { label_selector, exclude_servers: ["old-db"] })).toEqual([2, 3]);
  });

  test.each(["server", "exclude_servers"])(
    "a plan with an unknown %s is refused without a code",
    async (name) => {
      const harness = await start({ images: IMAGES });
      expectMistake(
        await harness.call(PLAN, { ...POLICY, [name]: ["web-1", "web-11"] }),
        name,
        '"web-11"',
        '"web-1"',
      );
    },
  );
});

test("a report of an unknown server is refused", async () => {
  const harness = await start({ images: IMAGES });
  const answer = await harness.call("hcloud_report_images", { server: "db-2" });
  expectMistake(answer, "server", '"db-2"', '"db-1"');
});
