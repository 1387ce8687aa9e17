import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  binnedLabels,
  DUE_KEY,
  describeDueDay,
  dueDay,
  dueDayAfter,
  hasLabel,
  isBinKey,
  isDue,
  isInBin,
  restoredLabels,
} from "../../src/housekeeping/bin.ts";
import { NO_RULES, ruleAgainst } from "../../src/housekeeping/rules.ts";
import { findLabelKeyProblem, matchesSelector, type Requirement } from "../../src/labels.ts";
import { NOON } from "../support/harness.ts";
import { snapshot } from "../support/random-images.ts";
import { labelSet } from "../support/random-labels.ts";

type Labels = Record<string, string>;

const due = "2026-12-01";
const shown = (labels: Labels) => binnedLabels(labels, { due, hide: false });
const hidden = (labels: Labels) => binnedLabels(labels, { due, hide: true });
const DAY_MS = 86_400_000;

const looksHidden = (labels: Labels) => Object.keys(labels).some(isBinKey);

/** Whether the labels can be hidden: none is hidden already, none becomes the day, and none is too long. */
const canHide = (labels: Labels) =>
  !looksHidden(labels) &&
  !Object.hasOwn(labels, "due") &&
  Object.keys(labels).every((key) => key.indexOf("/") <= 249 || isHetzners(key));

const isHetzners = (key: string) => key.startsWith("hetzner.cloud/");

describe("random labels in the bin", () => {
  test("10,000 random sets of labels are the same after a restore, hidden or not", () => {
    let [binned, refused] = [0, 0];
    fc.assert(
      fc.property(labelSet, fc.boolean(), (labels, hide) => {
        const next = binnedLabels(labels, { due, hide });
        const isExpected = hide ? canHide(labels) : !looksHidden(labels);
        expect(typeof next).toBe(isExpected ? "object" : "string");
        if (typeof next === "string") return void refused++;
        binned++;
        expect(isInBin({ labels: next })).toBe(true);
        expect(dueDay({ labels: next })).toBe(due);
        expect(Object.keys(next).filter((key) => findLabelKeyProblem(key) !== null)).toEqual([]);
        expect(restoredLabels(next)).toEqual(labels);
      }),
      { numRuns: 10_000 },
    );
    expect(Math.min(binned, refused)).toBeGreaterThan(1_000);
  });

  test("10,000 random sets of labels keep labels added in the bin, or the conflict is named", () => {
    let [restored, clashes] = [0, 0];
    fc.assert(
      fc.property(labelSet, labelSet, fc.boolean(), (labels, more, hide) => {
        const next = binnedLabels(labels, { due, hide });
        // Labels under bin/ belong to the bin, and another client does not remove Hetzner's.
        const isForeign = (key: string) => !isBinKey(key) && !Object.hasOwn(hide ? {} : labels, key);
        const added = Object.fromEntries(
          Object.entries(more).filter(([key]) => isForeign(key) && !isHetzners(key)),
        );
        fc.pre(typeof next === "object");
        const result = restoredLabels({ ...(next as Labels), ...added });
        const isClash = Object.entries(added).some(
          ([key, value]) => Object.hasOwn(labels, key) && labels[key] !== value,
        );
        expect(typeof result).toBe(isClash ? "string" : "object");
        if (typeof result === "string") return void clashes++;
        restored++;
        expect(result).toEqual({ ...labels, ...added });
      }),
      { numRuns: 10_000 },
    );
    expect(Math.min(restored, clashes)).toBeGreaterThan(50);
  });

  test("10,000 random sets of hidden labels match no selector", () => {
    fc.assert(
      fc.property(labelSet, (labels) => {
        const next = hidden(labels);
        fc.pre(typeof next === "object");
        const left = Object.keys(next).filter((key) => !isBinKey(key));
        expect(left).toEqual(Object.keys(labels).filter(isHetzners));
        expect(Object.keys(labels).every((key) => hasLabel({ labels: next as Labels }, key))).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });
});

/** A selector of one or two requirements, some about keys that the labels have. */
const requirements = (labels: Labels) =>
  fc.array(
    fc
      .record({
        key: fc.constantFrom(...Object.keys(labels).filter((key) => !isBinKey(key)), "role", "due", "p/k"),
        op: fc.constantFrom("exists", "absent", "in", "notin"),
        values: fc.constantFrom([...Object.values(labels), "other"], ["golden"]),
      })
      .map((one) => one as Requirement),
    { minLength: 1, maxLength: 2 },
  );

test("10,000 random sets of labels match the same rule never, hidden or not", () => {
  const cases = labelSet.chain((labels) => fc.tuple(fc.constant(labels), requirements(labels)));
  let [matched, others] = [0, 0];
  fc.assert(
    fc.property(cases, ([labels, requirements]) => {
      const next = hidden(labels);
      fc.pre(typeof next === "object");
      const rules = { ...NO_RULES, never: [{ selector: "selector", requirements }] };
      const ruleFor = (labels: Labels) =>
        ruleAgainst({ kind: "delete" }, snapshot(1, { labels }), rules, NOON);
      const rule = matchesSelector(requirements, labels) ? "rule never: selector" : null;
      expect([ruleFor(labels), ruleFor(next as Labels)]).toEqual([rule, rule]);
      if (rule === null) others++;
      else matched++;
    }),
    { numRuns: 10_000 },
  );
  expect(Math.min(matched, others)).toBeGreaterThan(1_000);
});

describe("binLabels and restoredLabels", () => {
  test("binning adds only the day", () => {
    expect(shown({ role: "golden", "p/k": "" })).toEqual({ role: "golden", "p/k": "", [DUE_KEY]: due });
  });

  test("hiding adds a prefix to each key except Hetzner's", () => {
    expect(hidden({ role: "golden", "p/k": "", "hetzner.cloud/a": "b" })).toEqual({
      "bin/role": "golden",
      "bin.p/k": "",
      "hetzner.cloud/a": "b",
      [DUE_KEY]: due,
    });
  });

  test.each<[labels: Labels, hide: boolean, why: RegExp]>([
    [{ due: "1" }, true, /"due".* bin\/due\b/],
    [{ [`${"x".repeat(250)}/k`]: "" }, true, /"x+\/k".* 253 characters/],
  ])("%j with hide %j cannot be binned, and the reason is named", (labels, hide, why) => {
    expect(binnedLabels(labels, { due, hide })).toMatch(why);
    expect(typeof binnedLabels(labels, { due, hide: !hide })).toBe("object");
  });

  test.each([true, false])("labels that look hidden already cannot be binned with hide %j", (hide) => {
    for (const key of ["bin/role", "bin.p/k"])
      expect(binnedLabels({ [key]: "" }, { due, hide })).toEqual(expect.stringContaining(`"${key}"`));
  });

  test("a label that was added under the key of a hidden one conflicts when its value differs", () => {
    const next = { [DUE_KEY]: due, "bin/role": "golden" };
    expect(restoredLabels({ ...next, role: "web" })).toMatch(/"role"/);
    expect(restoredLabels({ role: "web", ...next })).toMatch(/"role"/);
    expect(restoredLabels({ ...next, role: "golden" })).toEqual({ role: "golden" });
  });

  test("a key with the prefix that no hidden label has is kept", () => {
    const labels = { "bin.hetzner.cloud/a": "1", "bin..p/k": "2" };
    expect(restoredLabels({ ...labels, [DUE_KEY]: due })).toEqual(labels);
  });
});

describe("last day in the bin", () => {
  const labels = { [DUE_KEY]: due };
  const midnight = Date.parse("2026-12-02T00:00:00Z");

  test("the last day lasts to its last millisecond in UTC", () => {
    expect(isDue({ labels }, midnight - 1)).toBe(false);
    expect(isDue({ labels }, midnight)).toBe(true);
  });

  test.each([
    "",
    "2026-12",
    "2026-02-30",
    "2026-12-1",
    "tomorrow",
    "2026-12-01T00:00:00Z",
    "9999999-01-01",
    "-1",
  ])("%j is no day, and no image with it is ever due", (day) => {
    const image = { labels: { [DUE_KEY]: day } };
    expect(isInBin(image)).toBe(true);
    expect(dueDay(image)).toBeNull();
    expect(isDue(image, Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(describeDueDay([image])).toBe("in the bin");
  });

  test("an image without the label has no last day", () => {
    expect([isInBin({ labels: {} }), dueDay({ labels: {} }), isDue({ labels: {} }, NOON)]).toEqual([
      false,
      null,
      false,
    ]);
  });

  test("the last day leaves at least that many times 24 hours, also over the end of a year", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 0, max: 800 * DAY_MS }),
        (days, later) => {
          const now = NOON + later;
          const image = { labels: { [DUE_KEY]: dueDayAfter(days, now) } };
          expect(isDue(image, now + days * DAY_MS)).toBe(false);
          expect(isDue(image, now + (days + 1) * DAY_MS)).toBe(true);
        },
      ),
    );
    expect(dueDayAfter(7, Date.parse("2026-12-28T23:59:59Z"))).toBe("2027-01-04");
  });

  test("the last day of several images is that of the first one", () => {
    const at = (day: string) => ({ labels: { [DUE_KEY]: day } });
    expect(describeDueDay([at("2026-12-03"), at("2026-12-01")])).toBe("in the bin until 2026-12-01 or later");
    expect(describeDueDay([at(due), at(due)])).toBe("in the bin until 2026-12-01");
    expect(describeDueDay([at(due), at("never")])).toBe("in the bin");
  });
});
