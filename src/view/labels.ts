/** Labels as a model reads them: the text of a table cell, or an object. */

import type { Labels } from "../label-sets.ts";
import { findLabelKeyProblem, findLabelValueProblem } from "../labels.ts";
import { clean } from "../text.ts";

/** Characters of a key or value; the longest label key has 253 + 1 + 63. */
const MAX_LABEL_CHARS = 320;

/** Returns a text such as `env=prod keep=`, without the labels of `common`; text that is no label is quoted. */
export function labelsText(labels: Labels, common: Labels = {}): string {
  return createLabelsText(common)(labels);
}

/** Returns {@link labelsText} for a list, whose images repeat keys and values. */
export function createLabelsText(common: Labels): (labels: Labels) => string {
  const keys = createCache((key) => textOf(key, findLabelKeyProblem(key)));
  const values = createCache((value) => textOf(value, findLabelValueProblem(value)));
  return (labels) => {
    let text = "";
    for (const key of Object.keys(labels)) {
      if (Object.hasOwn(common, key)) continue;
      text += `${text === "" ? "" : " "}${keys(key)}=${values(labels[key] ?? "")}`;
    }
    return text;
  };
}

/** Returns a function that calls `compute` once for each text. */
function createCache(compute: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = compute(text);
    known.set(text, result);
    return result;
  };
}

function textOf(part: string, problem: string | null): string {
  // A valid key or value has no character that must be cleaned, and is short enough.
  return problem === null ? part : JSON.stringify(clean(part, MAX_LABEL_CHARS));
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
