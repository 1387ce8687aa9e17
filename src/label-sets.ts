/** Compares sets of labels, and edits single labels of a set: the API can only replace a whole set. */

export type Labels = Readonly<Record<string, string>>;

/** The key of the label that keeps an image out of every plan and out of the bin, whatever its value. */
export const KEEP_LABEL = "keep";

export interface LabelEdit {
  set: Labels;
  remove: readonly string[];
}

/** One label that differs; `was` or `is` is undefined where the label is absent. */
export interface LabelChange {
  key: string;
  was: string | undefined;
  is: string | undefined;
}

const getLabel = (labels: Labels, key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined);

/** Returns the labels that are added, removed or have another value in `next`. */
export function diffLabels(old: Labels, next: Labels): LabelChange[] {
  const keys = new Set([...Object.keys(old), ...Object.keys(next)]);
  return [...keys]
    .map((key) => ({ key, was: getLabel(old, key), is: getLabel(next, key) }))
    .filter(({ was, is }) => was !== is);
}

/** Returns the changes of labels of `old` that are removed or have another value in `next`. */
export function findLabelLosses(old: Labels, next: Labels): LabelChange[] {
  return diffLabels(old, next).filter(({ was }) => was !== undefined);
}

/** Returns the labels of `old` that `next` does not have with the same value. */
export function pickLostLabels(old: Labels, next: Labels): Record<string, string> {
  return Object.fromEntries(findLabelLosses(old, next).map(({ key, was = "" }) => [key, was]));
}

/** Returns the set after the edit; labels that the edit does not name are kept. */
export function mergeLabels(labels: Labels, { set, remove }: LabelEdit): Record<string, string> {
  const kept = Object.entries(labels).filter(([key]) => !remove.includes(key));
  return { ...Object.fromEntries(kept), ...set };
}
