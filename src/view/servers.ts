/** How lists call the servers that images were created from. */

import type { Image } from "../hcloud/types.ts";
import { serverLabel } from "../housekeeping/groups.ts";

/**
 * Labels the servers of a list by name; with the id, as {@link serverLabel}, where the name is not enough: when several
 * servers of the list have it, when the server has another name elsewhere in the list, and when the name is not shown as it is.
 */
export function labelServers(images: readonly Image[]): (image: Image) => string {
  /** The only id of each name, and the only name of each id. */
  const ids = new Map<string, number | null>();
  const names = new Map<number, string | null>();
  for (const { created_from: from } of images) {
    if (!from) continue;
    noteOnly(ids, from.name, from.id);
    noteOnly(names, from.id, from.name);
  }
  const labels = new Map<string, string>();
  return (image) => {
    const { created_from: from } = image;
    if (!from || ids.get(from.name) !== from.id || names.get(from.id) !== from.name)
      return serverLabel(image);
    const known = labels.get(from.name);
    if (known !== undefined) return known;
    const label = serverLabel(image);
    // As an argument, digits can be the id of another server.
    const isExact = label === `${from.name} (${from.id})` && !/^\d*$/.test(from.name);
    labels.set(from.name, isExact ? from.name : label);
    return isExact ? from.name : label;
  };
}

/** Notes the value of a key; null once the key has had two. */
function noteOnly<K, V>(values: Map<K, V | null>, key: K, value: V): void {
  if (!values.has(key)) values.set(key, value);
  else if (values.get(key) !== value) values.set(key, null);
}
