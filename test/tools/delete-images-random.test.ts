import fc from "fast-check";
import { expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import { answered, applied, cut, lost, refusal } from "../hcloud/support.ts";
import { failure, start } from "../support/answers.ts";
import {
  byNumber,
  column,
  DELETE,
  deletionsOf,
  EVERY_IMAGE,
  gone,
  idIn,
  isDelete,
  isRead,
  PLAN,
  planOf,
} from "../support/cleanup.ts";
import { project } from "../support/random-images.ts";

const pass: Intercept = () => undefined;

/** What becomes of a request; most get through. */
const faults = fc.infiniteStream(
  fc.constantFrom<Intercept>(
    ...Array<Intercept>(12).fill(pass),
    lost,
    cut,
    answered(502),
    answered(200, "<p>"),
    refusal(500, "server_error"),
    refusal(423, "locked"),
    refusal(429, "rate_limit_exceeded"),
    applied(lost),
    applied(cut),
    applied(answered(504)),
    applied(refusal(500, "server_error")),
  ),
);

/** What somebody else does to an image just before it is read again; mostly nothing. */
const meddling = fc.infiniteStream(
  fc.constantFrom<((image: Image) => Image | null) | undefined>(
    ...Array(6).fill(undefined),
    (image) => ({ ...image, protection: { delete: true } }),
    (image) => ({ ...image, labels: { ...image.labels, keep: "" } }),
    (image) => ({ ...image, description: `${image.description}!` }),
    (image) => ({ ...image, status: "unavailable" }),
    () => null,
  ),
);

test("whatever happens meanwhile, an image that is gone was covered, and when read again unprotected and unchanged", async () => {
  await fc.assert(
    fc.asyncProperty(project, faults, meddling, fc.nat(3), async (images, fault, meddle, keep_last) => {
      const harness = await start({ images, callMs: 36_000_000 });
      const { simulator, call } = harness;
      const plan = planOf(await call(PLAN, keep_last ? { keep_last } : EVERY_IMAGE));
      const covered = column(plan, "id") as number[];
      if (plan.confirm === undefined) {
        expect(covered).toEqual([]);
        return;
      }
      const shown = new Map(images.map((image) => [image.id, image]));
      const removedByOthers = new Set<number>();
      const changed = new Set<number>();
      const reread = new Set<number>();
      const wrong: string[] = [];

      simulator.intercept = (request, ...rest) => {
        const id = idIn(request);
        if (isRead(request) && !reread.has(id)) {
          reread.add(id);
          const image = simulator.state.images.get(id);
          const act = meddle.next().value;
          const other = image && act?.(image);
          if (other === null) {
            simulator.state.images.delete(id);
            removedByOthers.add(id);
          } else if (other) {
            simulator.state.images.set(id, other);
            changed.add(id);
          }
        }
        // An expectation that failed in here would only look like a broken connection.
        if (isDelete(request) && (!reread.has(id) || changed.has(id) || !covered.includes(id))) {
          wrong.push(`DELETE ${id}`);
        }
        return (fault.next().value ?? pass)(request, ...rest);
      };
      const answer = deletionsOf(await call(DELETE, { confirm: plan.confirm, count: covered.length }));
      simulator.intercept = undefined;
      expect(wrong).toEqual([]);

      const byUs = gone(harness, images).filter((id) => !removedByOthers.has(id));
      for (const id of byUs) {
        expect(covered).toContain(id);
        expect(changed).not.toContain(id);
        expect(shown.get(id)).toMatchObject({ status: "available", protection: { delete: false } });
      }

      const { deleted, skipped = [], failed = [], remaining = 0 } = answer;
      const told = [...deleted, ...[...skipped, ...failed].map(({ id }) => id)];
      expect(new Set(told).size).toBe(told.length);
      expect(told.length + remaining).toBe(covered.length);
      for (const id of told) expect(covered).toContain(id);
      for (const id of deleted) expect(byUs).toContain(id);
      const unsure = failed.map(({ id }) => id);
      for (const id of byUs.filter((id) => !deleted.includes(id))) expect(unsure).toContain(id);

      const again = await call(DELETE, { confirm: plan.confirm, count: covered.length });
      expect(failure(again)).toMatch(/^This code has been used already\./);
      if (answer.confirm === undefined) return;
      const rest = deletionsOf(await call(DELETE, { confirm: answer.confirm, count: remaining }));
      const rested = [...rest.deleted, ...(rest.skipped ?? []).map(({ id }) => id)];
      expect([...told, ...rested].sort(byNumber)).toEqual(covered.toSorted(byNumber));
    }),
    { numRuns: 40 },
  );
});
