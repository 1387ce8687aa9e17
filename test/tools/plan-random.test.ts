import fc from "fast-check";
import { expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { matchesSelector, parseSelector } from "../../src/labels.ts";
import { expectMistake, start } from "../support/answers.ts";
import {
  codeOf,
  column,
  DELETE,
  deletedIds,
  deletionsOf,
  EVERY_IMAGE,
  PLAN,
  planOf,
} from "../support/cleanup.ts";
import type { Answer } from "../support/harness.ts";
import { randomProject } from "../support/random-images.ts";

const criteria = fc.record(
  {
    type: fc.constantFrom("snapshot", "backup"),
    older_than_days: fc.integer({ min: 1, max: 400 }),
    created_before: fc.constantFrom("2026-01-01", "2026-10-01T12:00:00+02:00"),
    keep_last: fc.nat(4),
    keep_daily: fc.integer({ min: 1, max: 8 }),
    keep_weekly: fc.integer({ min: 1, max: 5 }),
    keep_monthly: fc.integer({ min: 1, max: 5 }),
    keep_within_days: fc.integer({ min: 1, max: 60 }),
    group_by: fc.constantFrom("server", "description", "none", "label:env"),
    keep_label: fc.constantFrom("keep", "role", "app"),
    label_selector: fc.constantFrom("env", "!app", "env in (prod,staging)"),
  },
  { requiredKeys: ["keep_last"] },
);

/** Instead of keep_last 0, the newest of each group may be deleted. */
const policies = criteria.map(({ keep_last, ...rest }) => ({
  keep_last: undefined,
  ...(keep_last > 0 ? { keep_last } : EVERY_IMAGE),
  ...rest,
}));

const idsIn = (answer: Answer) => new Set(column(planOf(answer), "id") as number[]);

function nameOf(image: Image, by: string): string {
  if (by === "none") return "";
  if (by === "description") return image.description;
  if (by === "server") return `${image.created_from?.id}`;
  return `${image.labels["env"]}`;
}

test("a random plan contains nothing that the policy protects, and its deletion leaves nothing to plan", async () => {
  await fc.assert(
    fc.asyncProperty(randomProject, policies, async (images, policy) => {
      const harness = await start({ images });
      const { type: wanted = "snapshot", label_selector } = policy;
      /** Whether the plan must be refused because no image considered has the label to group by. */
      const isRefused = () => {
        const about = [...harness.simulator.state.images.values()].filter(
          ({ type, labels }) =>
            type === wanted && (!label_selector || matchesSelector(parseSelector(label_selector), labels)),
        );
        const hasLabel = about.some(({ labels }) => Object.hasOwn(labels, "env"));
        return policy.group_by === "label:env" && about.length > 0 && !hasLabel;
      };
      const answer = await harness.call(PLAN, policy);
      if (isRefused()) {
        expectMistake(answer, "group_by", '"env"');
        return;
      }
      const { considered, to_delete, kept, confirm } = planOf(answer);
      const ids = idsIn(answer);
      const { keep_label = "keep", group_by = "server", keep_last = 0 } = policy;

      expect(Object.values(kept).reduce((a, b) => a + b, to_delete.images)).toBe(considered);
      expect(ids.size).toBe(to_delete.images);
      for (const image of images.filter(({ id }) => ids.has(id))) {
        expect(image).toMatchObject({ type: wanted, status: "available", protection: { delete: false } });
        expect(image.deleted).toBeNull();
        for (const label of ["keep", keep_label]) expect(image.labels).not.toHaveProperty(label);
        if (wanted === "snapshot") expect(image.bound_to).toBeNull();
        const fellows = images.filter(
          (other) =>
            other.type === wanted &&
            other.status === "available" &&
            other.deleted === null &&
            !ids.has(other.id) &&
            other.architecture === image.architecture &&
            nameOf(other, group_by) === nameOf(image, group_by) &&
            (Date.parse(other.created) > Date.parse(image.created) ||
              (Date.parse(other.created) === Date.parse(image.created) && other.id > image.id)),
        );
        expect(fellows.length).toBeGreaterThanOrEqual(keep_last);
      }

      if (confirm !== undefined) {
        const { deleted } = deletionsOf(
          await harness.call(DELETE, { confirm: codeOf(answer), count: to_delete.images }),
        );
        expect(new Set(deleted)).toEqual(ids);
      }
      expect(new Set(deletedIds(harness, images))).toEqual(ids);
      const again = await harness.call(PLAN, policy);
      if (isRefused()) expectMistake(again, "group_by", '"env"');
      else expect(planOf(again).to_delete.images).toBe(0);
    }),
    { numRuns: 25 },
  );
});
