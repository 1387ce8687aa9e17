/** What a person should know before agreeing to a plan, as the result states it. */

import type { Params } from "./result.ts";
import { listed } from "./words.ts";

const KINDS: [member: string, words: string][] = [
  ["groups_left_empty", "Nothing would be left of"],
  ["all_considered_of", "Every image considered would be deleted of"],
];

/** Members whose text says by itself what it is about. */
const PLAIN: readonly string[] = ["note", "bin"];

export function readNotes(content: Params): string[] {
  const sentences = (["warning", "note", "bin", "money"] as const).flatMap((member) => {
    const text = content[member];
    return typeof text === "string"
      ? [PLAIN.includes(member) ? stop(capital(text)) : `${capital(member)}: ${stop(text)}`]
      : [];
  });
  const groups = KINDS.flatMap(([member, words]) => {
    const names = content[member] as string[] | undefined;
    return names ? [`${words}: ${listed(names, names.length)}.`] : [];
  });
  const unusual = Object.entries((content["unusual"] ?? {}) as Record<string, number[]>).map(
    ([kind, ids]) => `Unusual, ${kind.replaceAll("_", " ")}: ${listed(ids, ids.length)}.`,
  );
  const refused = (content["not_deletable"] ?? []) as { id: number; why: string }[];
  return [
    ...sentences,
    ...groups,
    ...unusual,
    ...refused.map(({ id, why }) => `Not deletable: ${id} (${why}).`),
  ];
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const stop = (text: string) => (text.endsWith(".") ? text : `${text}.`);
