/** Grandfather, father, son against a model that walks the calendar day by day and shares no code with the policy. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { decide } from "../../src/housekeeping/policy.ts";
import { NOON } from "../support/harness.ts";
import { randomProject } from "../support/random-images.ts";

type Period = "day" | "week" | "month";

/** The period an instant lies in, as words, by the calendar alone. */
function periodOf(created: string, period: Period): string {
  const date = new Date(created);
  if (period === "month") return date.toISOString().slice(0, 7);
  const day = new Date(date.toISOString().slice(0, 10));
  if (period === "week") while (day.getUTCDay() !== 1) day.setUTCDate(day.getUTCDate() - 1);
  return day.toISOString().slice(0, 10);
}

/** Ids kept: period by period from the latest, in each the image that no other of the period is newer than. */
function bruteForce(images: Image[], period: Period, count: number): number[] {
  const kept: number[] = [];
  const groupOf = ({ created_from, architecture }: Image) => `${created_from?.id} ${architecture}`;
  for (const group of new Set(images.map(groupOf))) {
    const members = images.filter((image) => groupOf(image) === group);
    const periods = [...new Set(members.map(({ created }) => periodOf(created, period)))].sort().reverse();
    for (const name of periods.slice(0, count)) {
      const inPeriod = members.filter(({ created }) => periodOf(created, period) === name);
      const newest = inPeriod.filter((image) =>
        inPeriod.every((other) => {
          const [a, b] = [Date.parse(image.created), Date.parse(other.created)];
          return a > b || (a === b && image.id >= other.id);
        }),
      );
      kept.push(...newest.map(({ id }) => id));
    }
  }
  return kept.sort();
}

test.each<[Period, "keep_daily" | "keep_weekly" | "keep_monthly"]>([
  ["day", "keep_daily"],
  ["week", "keep_weekly"],
  ["month", "keep_monthly"],
])("the newest of each %s is kept, as the model says", (period, rule) => {
  fc.assert(
    fc.property(randomProject, fc.integer({ min: 1, max: 12 }), (images, count) => {
      const plain = images.map((image) => ({
        ...image,
        created_from: image.created_from ?? { id: 7, name: "db-1" },
        status: "available",
        bound_to: null,
        deleted: null,
        labels: {},
        protection: { delete: false },
      }));
      const decisions = decide(
        plain,
        { [rule]: count, allow_empty_groups: true, group_by: "server", keep_labels: ["keep"], bound: false },
        NOON,
      );
      const keptIds = decisions.filter(({ kept }) => kept !== null).map(({ image }) => image.id);
      expect(keptIds.sort()).toEqual(bruteForce(plain, period, count));
    }),
  );
});
