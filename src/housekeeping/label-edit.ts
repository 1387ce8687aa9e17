/** Setting and removing single labels, where the API can only replace the whole set. */

export interface LabelEdit {
  set: Record<string, string>;
  remove: readonly string[];
}

type Labels = Record<string, string>;

/** The set with the edit made to it; labels that the edit does not name stay. */
export function mergeLabels(labels: Labels, { set, remove }: LabelEdit): Labels {
  const kept = Object.entries(labels).filter(([key]) => !remove.includes(key));
  return { ...Object.fromEntries(kept), ...set };
}

/** What the edit would lose: the present values of labels that get another one, or are removed. */
export function lostLabels(labels: Labels, { set, remove }: LabelEdit): Labels {
  const lost = ([key, value]: [string, string]) =>
    remove.includes(key) || (Object.hasOwn(set, key) && set[key] !== value);
  return Object.fromEntries(Object.entries(labels).filter(lost));
}

export function sameLabels(a: Labels, b: Labels): boolean {
  const entries = Object.entries(a);
  return (
    entries.length === Object.keys(b).length &&
    entries.every(([key, value]) => Object.hasOwn(b, key) && b[key] === value)
  );
}
