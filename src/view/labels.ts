/** Labels as a model reads them: the text of a table cell, or an object. */

import type { Labels } from "../label-sets.ts";
import { findLabelKeyProblem, findLabelValueProblem } from "../labels.ts";
import { clean } from "../text.ts";

/** Characters of a key or value; the longest label key has 253 + 1 + 63. */
const MAX_LABEL_CHARS = 320;

/** Returns a text such as `env=prod keep=`, without the labels of `common`; text that is no label is quoted. */
export function labelsText(labels: Labels, common: Labels = {}): string {
  // A valid key or value has no character that must be cleaned, and is short enough.
  const text = (part: string, problem: string | null) =>
    problem === null ? part : JSON.stringify(clean(part, MAX_LABEL_CHARS));
  return Object.entries(labels)
    .filter(([key]) => !Object.hasOwn(common, key))
    .map(
      ([key, value]) => `${text(key, findLabelKeyProblem(key))}=${text(value, findLabelValueProblem(value))}`,
    )
    .join(" ");
}

/** The labels that all images of a list have with the same value; none of a list of fewer than two. */
export function commonLabels([first, ...rest]: readonly { labels: Labels }[]): Labels {
  if (!first || rest.length === 0) return {};
  const isCommon = ([key, value]: [string, string]) =>
    rest.every(({ labels }) => Object.hasOwn(labels, key) && labels[key] === value);
  return Object.fromEntries(Object.entries(first.labels).filter(isCommon));
}

/** Returns the labels as an object of inert texts. */
export function viewLabels(labels: Record<string, string>): Record<string, string> {
  const view = new Map<string, string>();
  const alike = new Map<string, number>();
  for (const [key, value] of Object.entries(labels)) {
    const looks = clean(key, MAX_LABEL_CHARS);
    let name = looks;
    let count = alike.get(looks) ?? 1;
    // Two keys that differ only in what cannot be seen are still two.
    while (view.has(name)) name = `${looks} (${++count})`;
    alike.set(looks, count);
    view.set(name, clean(value, MAX_LABEL_CHARS));
  }
  return Object.fromEntries(view);
}
