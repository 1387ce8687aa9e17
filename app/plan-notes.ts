/** Sentences of a plan's result that the user should read before agreeing. */

import type { Params } from "./result.ts";
import { listFirst } from "./words.ts";

const GROUP_NOTES: [member: string, words: string][] = [
  ["groups_left_empty", "Nothing would be left of"],
  ["all_considered_of", "Every image considered would be deleted of"],
];

/** Members whose text needs no title. */
const UNTITLED_MEMBERS: readonly string[] = ["note", "bin"];

export function readNotes(content: Params): string[] {
  const sentences = (["warning", "note", "bin", "money"] as const).flatMap((member) => {
    const text = content[member];
    return typeof text === "string"
      ? [
          UNTITLED_MEMBERS.includes(member)
            ? endSentence(capitalize(text))
            : `${capitalize(member)}: ${endSentence(text)}`,
        ]
      : [];
  });
  const groups = GROUP_NOTES.flatMap(([member, words]) => {
    const names = content[member] as string[] | undefined;
    return names ? [`${words}: ${listFirst(names, names.length)}.`] : [];
  });
  const unusual = Object.entries((content["unusual"] ?? {}) as Record<string, number[]>).map(
    ([kind, ids]) => `Unusual, ${kind.replaceAll("_", " ")}: ${listFirst(ids, ids.length)}.`,
  );
  const refused = (content["not_deletable"] ?? []) as { id: number; why: string }[];
  return [
    ...sentences,
    ...groups,
    ...unusual,
    ...refused.map(({ id, why }) => `Not deletable: ${id} (${why}).`),
  ];
}

const capitalize = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const endSentence = (text: string) => (text.endsWith(".") ? text : `${text}.`);
