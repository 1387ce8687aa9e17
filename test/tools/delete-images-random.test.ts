/** Random projects whose plans are carried out while other clients change them and requests fail. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { byAge, groupName } from "../../src/housekeeping/groups.ts";
import type { Intercept, RecordedRequest } from "../../src/simulator/http.ts";
import { codeRefusal, start } from "../support/answers.ts";
import {
  aged,
  byNumber,
  codeOf,
  DELETE,
  deletionsOf,
  idIn,
  isDelete,
  isRead,
  PLAN,
  planOf,
} from "../support/cleanup.ts";
import { answerAsGateway, applyThen, cut, lost, refuseWith } from "../support/cloud.ts";
import type { Harness } from "../support/harness.ts";

/** At most so long before a deletion is sent, in ms, the image and the images that are kept with it were read. */
const IMAGE_AGE_MS = 1_000;
const KEPT_AGE_MS = 2_000;

/** What may become of a request, by name. */
const FAULTS: Record<string, Intercept> = {
  lost,
  cut,
  "502": answerAsGateway(502),
  "a page": answerAsGateway(200, "<p>"),
  "500": refuseWith(500, "server_error"),
  "423": refuseWith(423, "locked"),
  "429": refuseWith(429, "rate_limit_exceeded"),
  "applied, lost": applyThen(lost),
  "applied, cut": applyThen(cut),
  "applied, 504": applyThen(answerAsGateway(504)),
  "applied, 500": applyThen(refuseWith(500, "server_error")),
};

/** What another client may do to an image, by name. */
const MEDDLING: Record<string, (image: Image) => Image | null> = {
  protects: (image) => ({ ...image, protection: { delete: true } }),
  unprotects: (image) => ({ ...image, protection: { delete: false } }),
  keeps: (image) => ({ ...image, labels: { ...image.labels, keep: "" } }),
  describes: (image) => ({ ...image, description: `${image.description}!` }),
  "makes unavailable": (image) => ({ ...image, status: "unavailable" }),
  "marks deleted": (image) => ({ ...image, deleted: "2026-11-23T12:00:00Z" }),
  "moves to another group": (image) => ({ ...image, created_from: { id: 99, name: "other" } }),
  deletes: () => null,
};

const rarely = (...names: string[]) =>
  fc.oneof({ weight: 8, arbitrary: fc.constant("") }, { weight: 1, arbitrary: fc.constantFrom(...names) });

/** What happens at each request; mostly nothing. */
const events = fc.infiniteStream(
  fc.record({
    fault: rarely(...Object.keys(FAULTS)),
    meddling: rarely(...Object.keys(MEDDLING)),
    victim: fc.nat(1_000),
    ms: fc.constantFrom(0, 0, 0, 20, 100, 400, 1_100),
  }),
);

/** Two large groups, whose images are mostly selected. */
const project = fc
  .array(
    fc.record({
      days: fc.integer({ min: 1, max: 40 }),
      server: fc.constantFrom(42, 42, 43),
      rest: fc.constantFrom<Partial<Image>>(
        ...Array(12).fill({}),
        { protection: { delete: true } },
        { labels: { keep: "" } },
        { status: "unavailable" },
        { deleted: "2026-11-20T00:00:00Z" },
      ),
    }),
    { minLength: 10, maxLength: 30, size: "max" },
  )
  .map((drafts) =>
    drafts.map(({ days, server, rest }, i) =>
      aged(1000 + ((i * 7919) % 100_003), days, { created_from: { id: server, name: "web" }, ...rest }),
    ),
  );

type Happening = typeof events extends fc.Arbitrary<fc.Stream<infer T>> ? T : never;

/** Lets it all happen, and judges each deletion when it arrives. */
class Witness {
  readonly #harness: Harness;
  readonly #keepLast: number;
  readonly #shown: Map<number, Image>;
  readonly #read = new Map<number, { image: Image | undefined; at: number }>();
  readonly #changed: { before: Image; at: number }[] = [];
  readonly removedByOthers = new Set<number>();
  readonly deletedByUs = new Set<number>();
  /** An expectation that fails in an intercept only looks like a broken connection. */
  readonly wrong: string[] = [];

  constructor(harness: Harness, shown: readonly Image[], keepLast: number) {
    this.#harness = harness;
    this.#keepLast = keepLast;
    this.#shown = new Map(shown.map((image) => [image.id, image]));
  }

  watch(happenings: Iterator<Happening>): void {
    const { simulator, clock } = this.#harness;
    simulator.intercept = (request, response, apply) => {
      const { fault = "", meddling = "", victim = 0, ms = 0 } = happenings.next().value ?? {};
      this.#meddle(meddling, victim);
      if (isDelete(request)) this.#judge(idIn(request));
      const act = FAULTS[fault];
      if (!act) this.#note(request);
      const carried = () => {
        const reply = apply();
        if (isDelete(request) && reply.status === 204) this.deletedByUs.add(idIn(request));
        return reply;
      };
      const handled = act?.(request, response, carried);
      if (!act) carried();
      clock.pass(ms);
      return handled;
    };
  }

  #meddle(name: string, victim: number): void {
    const { images } = this.#harness.simulator.state;
    const image = [...images.values()][victim % Math.max(1, images.size)];
    const change = MEDDLING[name];
    if (!image || !change) return;
    const changed = change(image);
    this.#changed.push({ before: image, at: this.#harness.clock.time });
    if (changed) images.set(image.id, changed);
    else images.delete(image.id);
    if (!changed || changed.deleted) this.removedByOthers.add(image.id);
  }

  /** What the server learns by a read that it gets an answer to. */
  #note(request: RecordedRequest): void {
    if (!isRead(request)) return;
    const image = this.#harness.simulator.state.images.get(idIn(request));
    this.#read.set(idIn(request), { image, at: this.#harness.clock.time });
  }

  #judge(id: number): void {
    const now = this.#harness.clock.time;
    const shown = this.#shown.get(id);
    const read = this.#read.get(id);
    if (!shown) return void this.wrong.push(`${id} was not agreed`);
    if (!read || now - read.at > IMAGE_AGE_MS) this.wrong.push(`${id} was read too long ago`);
    if (JSON.stringify(read?.image) !== JSON.stringify(shown)) this.wrong.push(`${id} was read as changed`);
    if (this.#newerThan(shown, now).size < this.#keepLast) this.wrong.push(`the group needs ${id}`);
  }

  /** Images that the group could count on lately instead of this one. */
  #newerThan(shown: Image, now: number): Set<number> {
    const { images } = this.#harness.simulator.state;
    const lately = this.#changed.filter(({ at }) => now - at <= KEPT_AGE_MS).map(({ before }) => before);
    const usable = [...images.values(), ...lately].filter(
      (image) =>
        image.type === "snapshot" &&
        image.status === "available" &&
        !image.deleted &&
        !this.deletedByUs.has(image.id) &&
        groupName(image, "server") === groupName(shown, "server") &&
        byAge(image, shown) < 0,
    );
    return new Set(usable.map(({ id }) => id));
  }
}

test("no image is deleted that was not agreed, had changed or was needed, and every result is true", async () => {
  let deletions = 0;
  const property = fc.asyncProperty(
    project,
    events,
    fc.integer({ min: 1, max: 3 }),
    async (images, happenings, keep_last) => {
      // One connection, so that it is known what the server knew when it sent a deletion.
      const harness = await start({ images, callMs: 36_000_000, limits: { connections: 1 } });
      const { simulator, call } = harness;
      const plan = await call(PLAN, { keep_last });
      const count = planOf(plan).to_delete.images;
      if (count === 0) return;
      const confirm = codeOf(plan);
      const ids = (planOf(plan).rows as [number][]).map(([id]) => id);
      const shown = images.filter(({ id }) => ids.includes(id));
      const witness = new Witness(harness, shown, keep_last);
      witness.watch(happenings);
      const answer = deletionsOf(await call(DELETE, { confirm, count }));
      simulator.intercept = undefined;
      expect(witness.wrong).toEqual([]);

      const { deleted, skipped = [], failed = [], remaining = 0 } = answer;
      const { deletedByUs, removedByOthers } = witness;
      deletions += deletedByUs.size;
      const told = [...deleted, ...[...skipped, ...failed].map(({ id }) => id)];
      expect(new Set(told).size).toBe(told.length);
      expect(told.length + remaining).toBe(count);
      for (const id of told) expect(ids).toContain(id);
      for (const id of deleted) expect([...deletedByUs, ...removedByOthers]).toContain(id);
      const unknown = failed.filter(({ code }) => code === "outcome_unknown").map(({ id }) => id);
      for (const id of deletedByUs) expect([...deleted, ...unknown]).toContain(id);

      expect(codeRefusal(await call(DELETE, { confirm, count }))).toBe("used");
      if (answer.confirm === undefined) return;
      const rest = deletionsOf(await call(DELETE, { confirm: answer.confirm, count: remaining }));
      const rested = [...rest.deleted, ...(rest.skipped ?? []).map(({ id }) => id)];
      expect([...told, ...rested].sort(byNumber)).toEqual(ids.toSorted(byNumber));
    },
  );
  // What was kept of the group was found fresh, and the read of the image itself then took its time.
  await fc.assert(property, { seed: 99702603, path: "10", endOnFailure: true });
  await fc.assert(property, { seed: 20261129, numRuns: 60 });
  expect(deletions).toBeGreaterThan(60);
});
