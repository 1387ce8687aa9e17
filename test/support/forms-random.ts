/** Random gated calls and reactions, and another API client that changes the project while a form is open. */

import fc from "fast-check";
import type { Image } from "../../src/hcloud/types.ts";
import { aged, DELETE, PLAN } from "./cleanup.ts";
import { type Act, ERAS, type FormHarness, no, type ShownForm, silent, yes } from "./forms.ts";
import { EDIT, PROTECT, REMOVE, UPDATE } from "./forms-cases.ts";

const labels = fc.dictionary(fc.constantFrom("env", "app", "role"), fc.constantFrom("", "a", "b", "c"));

const project: fc.Arbitrary<Image[]> = fc
  .array(
    fc.record({
      labels,
      description: fc.constantFrom("nightly", "before update", ""),
      type: fc.constantFrom("snapshot", "snapshot", "snapshot", "backup"),
      protection: fc.constantFrom(false, false, true).map((on) => ({ delete: on })),
      server: fc.constantFrom(42, 43),
    }),
    { minLength: 4, maxLength: 14, size: "max" },
  )
  .map((drafts) =>
    drafts.map(({ server, ...rest }, i) =>
      aged(1001 + i, i + 1, { created_from: { id: server, name: `web-${server}` }, ...rest }),
    ),
  );

const at = fc.nat(1_000);
const someAt = fc.uniqueArray(at, { minLength: 1, maxLength: 5 });

export type Operation = (ids: readonly number[]) => {
  tool: string;
  args: Record<string, unknown>;
  except?: number[];
};

const pick = (ids: readonly number[], where: number) => ids[where % ids.length] ?? 0;
const pickAll = (ids: readonly number[], where: readonly number[]) => [
  ...new Set(where.map((one) => pick(ids, one))),
];

/** A call; for many images the call that returns the code, and the images that `except` omits later. */
const operation: fc.Arbitrary<Operation> = fc.oneof(
  at.map(
    (one): Operation =>
      (ids) => ({ tool: REMOVE, args: { id: pick(ids, one) } }),
  ),
  fc.tuple(someAt, fc.option(at)).map(
    ([some, out]): Operation =>
      (ids) => ({
        tool: DELETE,
        args: { ids: pickAll(ids, some) },
        except: out === null ? [] : [pick(ids, out)],
      }),
  ),
  fc.tuple(fc.integer({ min: 1, max: 2 }), fc.option(at)).map(
    ([keep_last, out]): Operation =>
      (ids) => ({
        tool: PLAN,
        args: { keep_last },
        except: out === null ? [] : [pick(ids, out)],
      }),
  ),
  fc.tuple(someAt, labels).map(
    ([some, set]): Operation =>
      (ids) => ({
        tool: EDIT,
        args: {
          ids: pickAll(ids, some),
          set,
          remove: ["env", "app"].filter((key) => !Object.hasOwn(set, key)),
        },
      }),
  ),
  fc.tuple(at, fc.option(labels), fc.constantFrom("", "new", undefined), fc.boolean()).map(
    ([one, wanted, description, converts]): Operation =>
      (ids) => ({
        tool: UPDATE,
        args: {
          id: pick(ids, one),
          ...(wanted && { labels: wanted }),
          ...(description !== undefined && { description }),
          ...(converts && { type: "snapshot" }),
        },
      }),
  ),
  at.map(
    (one): Operation =>
      (ids) => ({ tool: PROTECT, args: { id: pick(ids, one), delete: false } }),
  ),
  someAt.map(
    (some): Operation =>
      (ids) => ({ tool: PROTECT, args: { ids: pickAll(ids, some), delete: false } }),
  ),
);

/** Changes of an image by another API client, by name; null deletes the image. */
const MEDDLING: Record<string, (image: Image) => Image | null> = {
  labels: (image) => ({ ...image, labels: { ...image.labels, env: "other" } }),
  unlabels: (image) => ({ ...image, labels: {} }),
  describes: (image) => ({ ...image, description: `${image.description}!` }),
  undescribes: (image) => ({ ...image, description: "" }),
  protects: (image) => ({ ...image, protection: { delete: true } }),
  unprotects: (image) => ({ ...image, protection: { delete: false } }),
  converts: (image) => ({ ...image, type: "snapshot", bound_to: null }),
  deletes: () => null,
  // The API documents no reuse of ids, but nothing rules it out.
  replaces: (image) => ({ ...image, created: "2026-11-23T11:30:00Z" }),
};

const CREATES = "creates";

const meddlings = fc.array(fc.tuple(fc.constantFrom(CREATES, ...Object.keys(MEDDLING)), at), {
  maxLength: 3,
});

export function meddle(
  { simulator }: FormHarness,
  steps: readonly (readonly [name: string, at: number])[],
): void {
  const { images } = simulator.state;
  for (const [name, where] of steps) {
    const id = pick([...images.keys()], where);
    const image = images.get(id);
    const changed = image && MEDDLING[name]?.(image);
    if (name === CREATES) images.set(2000 + images.size, aged(2000 + images.size, 0));
    else if (changed) images.set(id, changed);
    else images.delete(id);
  }
}

/** Reactions of a person or their MCP client, by name. */
const ACTS: Record<string, (form: ShownForm) => Act> = {
  yes: (form) => yes(form),
  "yes, slowly": (form) => yes(form, 35_000),
  "yes, unread": (form) => yes(form, 999),
  no: (form) => no(form),
  "no, unread": (form) => no(form, 999),
  decline: () => ({ reply: { action: "decline" }, ms: 2_000 }),
  cancel: () => ({ reply: { action: "cancel" }, ms: 2_000 }),
  "no choice": () => ({ reply: { action: "accept", content: {} }, ms: 2_000 }),
  error: () => ({ reply: "error", ms: 2_000 }),
  silence: () => silent(),
};

const act = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("yes", "yes, slowly") },
  { weight: 1, arbitrary: fc.constantFrom(...Object.keys(ACTS)) },
);

const reaction = fc.record({ meddlings: fc.oneof(fc.constant([]), meddlings), act });
export type RandomReaction = typeof reaction extends fc.Arbitrary<infer T> ? T : never;

/** Acts that agree, and acts that count as an answer. */
export const AGREEING_ACTS = ["yes", "yes, slowly"];
export const ANSWERING_ACTS = [...AGREEING_ACTS, "no", "decline", "cancel"];
/** Agrees to each form faster than a person can read. */
export const UNREAD: RandomReaction[] = [{ meddlings: [], act: "yes, unread" }];

export const session = fc.record({
  era: fc.constantFrom(...ERAS),
  confirm: fc.constantFrom("auto" as const, "form" as const),
  images: project,
  calls: fc.array(
    fc.record({
      operation,
      /** Changes between the code of a bulk deletion and the call that uses the code. */
      between: fc.oneof(fc.constant([]), meddlings),
      reactions: fc.array(reaction, { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

export function actOf({ act: name }: RandomReaction, form: ShownForm, isModern: boolean): Act {
  // In 2026-07-28 the server does not wait, so nothing would end a call without an answer.
  return ACTS[isModern && name === "silence" ? "error" : name]?.(form) ?? silent();
}
