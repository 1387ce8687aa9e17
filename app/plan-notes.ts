/** Sentences of a plan's result that the user should read before agreeing. */

import type { Params } from "./result.ts";
import { listFirst } from "./words.ts";

const GROUP_NOTES: [member: string, words: string][] = [
  ["groups_left_empty", "Nothing would be left of"],
  ["all_considered_of", "Every image considered would be deleted of"],
];

/** Kinds of unusual images that a person would not understand by their name alone. */
const UNUSUAL: Record<string, string> = {
  last_of_its_server: "The last image of its server",
  last_of_its_month: "The last image of its group in its month",
};

/** What is true of most images to delete is hardly unusual: their number says more than so many ids. */
const MAX_USUAL_IDS = 3;

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
  const { images } = content["to_delete"] as { images: number };
  const unusual = Object.entries((content["unusual"] ?? {}) as Record<string, Ids>).map(
    ([kind, ids]) =>
      `${UNUSUAL[kind] ?? capitalize(kind.replaceAll("_", " "))}: ${describeIds(ids, images)}.`,
  );
  const refused = (content["not_deletable"] ?? []) as { id: number; why: string }[];
  return [
    ...sentences,
    ...groups,
    ...unusual,
    ...refused.map(({ id, why }) => `Not deletable: ${id} (${why}).`),
  ];
}

/** Ids of a result; a text such as `5 more` comes last if some are omitted. */
type Ids = (number | string)[];

/** Returns the ids, or only their number if they are most of the images to delete. */
function describeIds(ids: Ids, images: number): string {
  const listed = ids.filter((id) => typeof id === "number");
  const more = ids.slice(listed.length);
  const count = listed.length + (Number.parseInt(more.join(), 10) || 0);
  if (count > MAX_USUAL_IDS && count * 2 > images) return `${count} of the ${images} images to delete`;
  return [listed.join(", "), ...more].join(" and ");
}

const capitalize = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const endSentence = (text: string) => (text.endsWith(".") ? text : `${text}.`);
