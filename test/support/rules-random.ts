/** Random sequences of calls, changes by another API client, time, and new contents of the rules file. */

import fc from "fast-check";
import type { Image } from "../../src/hcloud/types.ts";
import { BIN, RESTORE } from "./bin.ts";
import { DELETE, many, PLAN } from "./cleanup.ts";
import { EDIT, PROTECT, REMOVE, UPDATE } from "./forms-cases.ts";
import type { RuleSet, RulesContent } from "./rules-oracle.ts";
import { binnedLabels, content, hide, labels, rules, rulesProject } from "./rules-project.ts";

const at = fc.nat(1_000);
const manyAt = fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 8, size: "max" });
const someAt = fc.uniqueArray(at, { minLength: 1, maxLength: 4 });

type Args = Record<string, unknown>;

/** A call to make; `at` are positions in the list of all images. */
export type Wish =
  | { tool: string; at: number[]; args: Args }
  /** Uses a code that was issued before, valid or not. */
  | { again: number; count: number };

const noArgs = fc.constant<Args>({});

const wish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      tool: fc.constant(EDIT),
      at: someAt,
      args: fc.record({ set: labels, remove: fc.subarray(["role", "env", "app", "bin/due", "bin/role"]) }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      tool: fc.constant(UPDATE),
      at: at.map((one) => [one]),
      args: fc.record(
        {
          labels: fc.oneof(labels, binnedLabels),
          description: fc.constantFrom("new", ""),
          type: fc.constant("snapshot"),
        },
        { requiredKeys: [] },
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      tool: fc.constant(PROTECT),
      at: someAt,
      args: fc.record({ delete: fc.constantFrom(false, false, true) }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      tool: fc.constant(BIN),
      at: someAt,
      args: fc.record({ days: fc.constantFrom(1, 2, 7), hide: fc.boolean() }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ tool: fc.constant(RESTORE), at: someAt, args: noArgs }) },
  { weight: 4, arbitrary: fc.record({ tool: fc.constant(DELETE), at: manyAt, args: noArgs }) },
  {
    weight: 3,
    arbitrary: fc.record({
      tool: fc.constant(REMOVE),
      at: at.map((one) => [one]),
      args: noArgs,
    }),
  },
  { weight: 1, arbitrary: fc.record({ tool: fc.constant(PLAN), at: someAt, args: noArgs }) },
  {
    weight: 4,
    arbitrary: fc.record({
      tool: fc.constant(PLAN),
      at: fc.constant<number[]>([]),
      args: fc.constantFrom<Args>(
        { older_than_days: 3 },
        { keep_last: 1 },
        { older_than_days: 1, allow_empty_groups: true },
        { bin: "due" },
        { policy: "nightly" },
        { type: "backup", keep_last: 1 },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ again: at, count: fc.integer({ min: 1, max: 4 }) }) },
);

/** Concurrent deletions of single images. */
const deletions: fc.Arbitrary<Wish[]> = fc
  .subarray([0, 1, 2, 3, 4], { minLength: 2, maxLength: 4 })
  .map((places) => places.map((place) => ({ tool: REMOVE, at: [place], args: {} })));

/** A change by another API client, by the operator, or of the time. */
export type Happening = { meddle: string; at: number } | { file: number } | { pass: number };

/** Changes of an image by another API client, by name; null deletes the image. */
export const MEDDLING: Record<string, (image: Image) => Image | null> = {
  "labels golden": (image) => ({ ...image, labels: { ...image.labels, role: "golden" } }),
  unlabels: (image) => ({ ...image, labels: {} }),
  bins: (image) => ({ ...image, labels: { ...image.labels, "bin/due": "2026-11-20" } }),
  unbins: ({ labels: { "bin/due": _, ...labels }, ...image }) => ({ ...image, labels }),
  hides: (image) => ({ ...image, labels: { ...hide(image.labels), "bin/due": "2026-11-22" } }),
  protects: (image) => ({ ...image, protection: { delete: true } }),
  unprotects: (image) => ({ ...image, protection: { delete: false } }),
  converts: (image) => ({ ...image, type: "snapshot" }),
  breaks: (image) => ({ ...image, status: "unavailable" }),
  deletes: () => null,
  "makes ageless": (image) => ({ ...image, created: "soon" }),
  "makes young": (image) => ({ ...image, created: "2026-11-23T11:30:00Z" }),
};

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ meddle: fc.constantFrom(...Object.keys(MEDDLING)), at }) },
  { weight: 2, arbitrary: fc.record({ file: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ pass: fc.constantFrom(300, 700, 2_500) }) },
);

/** Another API client deletes an image, and the reads before become too old. */
const vanishing = fc.tuple(fc.nat(8), at).map(([number, at]): [number, Happening][] => [
  [number, { meddle: "deletes", at }],
  [number + 1, { pass: 2_500 }],
]);

const happenings = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(happening, { minLength: 1, maxLength: 2 }) },
);

const MINUTE_MS = 60_000;

const step = fc.record({
  /** Concurrent calls. */
  wishes: fc.oneof(
    { weight: 4, arbitrary: fc.array(wish, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(wish, { minLength: 2, maxLength: 3 }) },
    { weight: 1, arbitrary: deletions },
  ),
  /** Happens between the preview and the call that confirms it. */
  between: happenings,
  /** Happens before the request of the confirmed call with this number. */
  during: fc.oneof(
    { weight: 2, arbitrary: fc.array(fc.tuple(fc.nat(12), happening), { maxLength: 3, size: "max" }) },
    { weight: 1, arbitrary: vanishing },
  ),
  /** The time before the step, in ms. */
  pass: fc.oneof(
    { weight: 5, arbitrary: fc.constant(2 * MINUTE_MS) },
    { weight: 1, arbitrary: fc.constantFrom(61 * MINUTE_MS, 25 * 60 * MINUTE_MS, 8 * 24 * 60 * MINUTE_MS) },
  ),
});

export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const mixed = fc.record({
  images: rulesProject,
  /** Contents of the file; the first is in place at the start. */
  files: fc.tuple(rules, content, content, rules),
  steps: fc.array(step, { minLength: 3, maxLength: 6, size: "max" }),
});

/** Deletions in one group, while another API client deletes a kept image. */
const keeping = fc.record({
  images: fc.integer({ min: 4, max: 6 }).map((count) => many(count)),
  files: fc.integer({ min: 1, max: 3 }).map((keep_at_least) => Array(4).fill({ keep_at_least }) as RuleSet[]),
  steps: fc.array(
    fc.record({
      wishes: fc.record({ tool: fc.constant(DELETE), at: manyAt, args: noArgs }).map((wish) => [wish]),
      between: fc.constant([]),
      during: vanishing,
      pass: fc.constant(2 * MINUTE_MS),
    }),
    { minLength: 1, maxLength: 2 },
  ),
});

export interface Sequence {
  images: Image[];
  files: RulesContent[];
  steps: Step[];
}

export const sequence: fc.Arbitrary<Sequence> = fc.oneof(
  { weight: 9, arbitrary: mixed },
  { weight: 1, arbitrary: keeping },
);
