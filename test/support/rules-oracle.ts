/** A second implementation of the operator's rules from docs/rules.md, without code of src/housekeeping. */

import { stringify } from "smol-toml";
import type { Image } from "../../src/hcloud/types.ts";

export const DAY_MS = 86_400_000;

export interface RuleSet {
  never?: string[];
  min_age_days?: number;
  keep_at_least?: number;
  max_images_per_call?: number;
  max_images_per_day?: number;
  delete?: "bin first" | "direct";
  unprotect?: "never" | "ask";
  tools?: string[];
  policies?: Record<string, Record<string, number | string>>;
}

/** The content of the file: rules, an invalid text, or null without a file. */
export type RulesContent = RuleSet | string | null;

export function textOf(content: RulesContent): string | null {
  if (content === null || typeof content === "string") return content;
  // The comment keeps a file without rules from being empty, which the server refuses.
  return `# rules\n${stringify(content)}`;
}

export const isUsable = (content: RulesContent): content is RuleSet =>
  content !== null && typeof content !== "string";

export type Change =
  | { kind: "delete" | "unprotect" | "protect" | "update" }
  /** `byBin`: a tool of the recycle bin makes the change. */
  | { kind: "label"; labels: Labels; byBin: boolean };

type Labels = Record<string, string>;

export function changeBy({ method, body }: { method: string; body: string }, byBin: boolean): Change {
  if (method === "DELETE") return { kind: "delete" };
  const { delete: protects, labels } = JSON.parse(body) as { delete?: boolean; labels?: Labels };
  if (method === "POST") return { kind: protects ? "protect" : "unprotect" };
  return labels ? { kind: "label", labels, byBin } : { kind: "update" };
}

/** Returns whether the limits count the image. */
export function isCounted(change: Change, image: Image): boolean {
  if (change.kind === "label") return isBinned(change.labels, image.labels);
  return change.kind === "delete" || change.kind === "unprotect";
}

/** Returns the names of the rules that concern the change. */
export function rulesAbout(change: Change, image: Image, rules: RuleSet): string[] {
  const isDeletion = change.kind === "delete";
  const hasSay: Record<string, boolean> = {
    never: change.kind === "label" || isCounted(change, image),
    min_age_days: isDeletion,
    keep_at_least: isDeletion && countedGroup(image) !== null,
    max_images_per_call: isCounted(change, image),
    max_images_per_day: isCounted(change, image),
    delete: isDeletion && rules.delete === "bin first",
    unprotect: change.kind === "unprotect" && rules.unprotect === "ask",
    tools: true,
  };
  return Object.keys(rules).filter((rule) => hasSay[rule]);
}

/** Returns the names of the rules that forbid the change of this image, which is as before the change. */
export function forbiddenBy(change: Change, image: Image, rules: RuleSet, now: number): string[] {
  switch (change.kind) {
    case "delete":
      return [...never(image.labels, rules), ...age(image, rules, now), ...binFirst(image, rules, now)];
    case "unprotect":
      return [...never(image.labels, rules), ...(rules.unprotect === "never" ? ["unprotect"] : [])];
    case "label":
      return [
        ...endedBy(change.labels, image.labels, rules),
        ...(isBinned(change.labels, image.labels) ? never(image.labels, rules) : []),
        ...(!change.byBin && touchesBin(change.labels, image.labels) ? ["labels of the bin"] : []),
      ];
    default:
      return [];
  }
}

/** Returns whether new labels put an image into the bin. */
function isBinned(labels: Labels, before: Labels): boolean {
  return Object.hasOwn(labels, "bin/due") && !Object.hasOwn(before, "bin/due");
}

function never(labels: Labels, { never = [] }: RuleSet): string[] {
  return never.some((selector) => isMatch(selector, labels)) ? ["never"] : [];
}

function endedBy(labels: Labels, before: Labels, { never = [] }: RuleSet): string[] {
  // A match by the hidden form of a label may end when the label is shown again.
  const hasEnded = (selector: string) =>
    shown(before).some((set) => matches(selector, set)) && !isMatch(selector, labels);
  return never.some(hasEnded) ? ["never"] : [];
}

function isMatch(selector: string, labels: Labels): boolean {
  const visible = shown(labels);
  const isHiding = Object.hasOwn(labels, "bin/due");
  // In the bin, a hidden label is not missing.
  const stored = isHiding ? visible.map((set) => ({ ...labels, ...set })) : [labels];
  return [...visible, ...stored].some((set) => matches(selector, set));
}

/** Returns the labels with the bin's hidden ones restored; where both have a key, either value may count. */
function shown(labels: Labels): Labels[] {
  const entries = Object.entries(labels).filter(([key]) => key !== "bin/due");
  const unhidden = entries.map(([key, value]) => [key.replace(/^bin(?:\/|\.(?=.+\/))/, ""), value] as const);
  return [
    [...entries, ...unhidden],
    [...unhidden, ...entries],
  ].map((all) => withoutHidden(Object.fromEntries(all)));
}

function withoutHidden(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !/^bin[./]/.test(key)));
}

function touchesBin(labels: Labels, before: Labels): boolean {
  return [...Object.keys(labels), ...Object.keys(before)].some(
    (key) => /^bin[./]/.test(key) && labels[key] !== before[key],
  );
}

/** Returns whether a label selector matches, as the API reference describes. */
function matches(selector: string, labels: Labels): boolean {
  return selector.split(/,(?![^(]*\))/).every((part) => {
    const term = part.trim();
    const [, listed, operator, list = ""] = /^(\S+) (in|notin) \((.*)\)$/.exec(term) ?? [];
    const [, key, sign, value = ""] = /^([^!=]+)(!?=)(.*)$/.exec(term) ?? [];
    if (listed !== undefined)
      return list.split(", ").includes(labels[listed] ?? "\n") === (operator === "in");
    if (key !== undefined) return (labels[key] === value) === (sign === "=");
    return term.startsWith("!") ? labels[term.slice(1)] === undefined : labels[term] !== undefined;
  });
}

function age({ created }: Image, { min_age_days: days }: RuleSet, now: number): string[] {
  return days === undefined || now - Date.parse(created) >= days * DAY_MS ? [] : ["min_age_days"];
}

function binFirst({ labels }: Image, rules: RuleSet, now: number): string[] {
  if (rules.delete !== "bin first") return [];
  const [day] = /^\d{4}-\d\d-\d\d$/.exec(labels["bin/due"] ?? "") ?? [];
  const start = day === undefined ? Number.NaN : Date.parse(day);
  // Date.parse accepts 30 February as a day of March.
  const isDay = !Number.isNaN(start) && new Date(start).toISOString().startsWith(day ?? "\n");
  return isDay && now >= start + DAY_MS ? [] : ["delete"];
}

/** Returns the group in which `keep_at_least` counts the image; null if it does not count. */
export function countedGroup({ type, status, created_from, architecture }: Image): string | null {
  return created_from && status === "available" ? `${type} ${created_from.id} ${architecture}` : null;
}
