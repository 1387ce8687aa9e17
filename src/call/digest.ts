/** Compares the arguments of two calls by a digest: a code and the state of a form hold for the same arguments only. */

import { createHash } from "node:crypto";
import { isObject } from "../json.ts";

/** Returns a digest of arguments, which can be long. */
export function digest(input: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(canonicalize(input)))
    .digest("base64");
}

/** Sorts keys and lists: the order of keys has no meaning, and every list among the arguments is a set of ids or label keys. */
function canonicalize(input: unknown): unknown {
  if (Array.isArray(input)) return [...new Set(input)].sort();
  if (!isObject(input)) return input;
  const names = Object.keys(input).sort();
  return Object.fromEntries(names.map((name) => [name, canonicalize(input[name])]));
}
