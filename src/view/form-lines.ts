/** Writes a form's lines about images and values; untrusted text in them is capped and without markup. */

import type { Image } from "../hcloud/types.ts";
import { gigabytes } from "../housekeeping/costs.ts";
import { byAge, serverLabel } from "../housekeeping/groups.ts";
import { KEEP_LABEL, type LabelChange, type Labels } from "../label-sets.ts";
import { clean } from "../text.ts";
import { describeBinned } from "./bin.ts";
import { serverCounts } from "./code-words.ts";
import { labelsText } from "./labels.ts";
import { toDay } from "./time.ts";

/** Characters of a form's line. */
export const FORM_WIDTH_CHARS = 74;

/** Characters of a line after its dash, and of the words that count what the line omits. */
const ITEM_CHARS = FORM_WIDTH_CHARS - 2;
const MORE_CHARS = 14;

/** Characters of an untrusted text, and of a server's name. */
const MAX_TEXT_CHARS = 40;
export const MAX_SERVER_CHARS = 20;

/** Fewer characters of labels say nothing. */
const MIN_LABELS_CHARS = 6;

const BY_SERVER = "By server: ";

/**
 * Returns what one image is; of several the number by server, and a line for each, the newest first: a person would miss the newest
 * most. `isSizeStated` omits the size of one image.
 */
export function describeImages(
  images: readonly Image[],
  { isSizeStated = false } = {},
): { about?: string; servers?: string; lines: string[] } {
  const [only] = images;
  const binned = describeBinned(images) ?? [];
  if (images.length === 1 && only)
    return { about: [describeImage(only, undefined, isSizeStated)].concat(binned).join(", "), lines: [] };
  const servers = makeInert(serverCounts(images, FORM_WIDTH_CHARS - BY_SERVER.length), FORM_WIDTH_CHARS);
  return {
    ...(servers && { servers: `${BY_SERVER}${servers}` }),
    lines: [binned, images.toSorted(byAge).map(imageLine)].flat(),
  };
}

function imageLine(image: Image): string {
  return `${image.id} ${describeImage(image, ITEM_CHARS - String(image.id).length - 1)}`;
}

/** Returns words such as `"before checkout rewrite", shop-staging, 2026-05-17, 3.87 GB`, in at most `room` characters. */
export function describeImage(image: Image, room = Number.MAX_SAFE_INTEGER, isSizeStated = false): string {
  const size = image.image_size === null ? "size unknown" : `${gigabytes([image]).toFixed(2)} GB`;
  const facts = [
    nameInert(serverLabel(image), MAX_SERVER_CHARS),
    toDay(image.created),
    !isSizeStated && size,
    image.type === "backup" && "backup",
  ];
  const rest = facts.filter(Boolean).join(", ");
  const text = image.description || (image.name ?? "");
  const chars = Math.min(MAX_TEXT_CHARS, room - `"", ${rest}`.length);
  const line = text ? `${quoteInert(text, chars)}, ${rest}` : rest;
  const labels = labelsText(withKeepFirst(image.labels));
  const left = room - `${line}, ""`.length;
  return labels && left >= MIN_LABELS_CHARS
    ? `${line}, ${nameInert(labels, Math.min(MAX_TEXT_CHARS, left))}`
    : line;
}

/** The label that tells most is not cut. */
function withKeepFirst({ [KEEP_LABEL]: keep, ...labels }: Labels): Labels {
  return keep === undefined ? labels : { [KEEP_LABEL]: keep, ...labels };
}

/** Characters of a former name, of which its line has room for less than of others. */
const MAX_FORMER_CHARS = 30;

/** Long names often differ only at their end. */
export function renameLine(id: number, was: string): string {
  const shown = shortenMiddle(makeInert(was, Number.MAX_SAFE_INTEGER), MAX_FORMER_CHARS);
  return `${id} was called "${shown}" before a rename`;
}

/** Returns words such as `env "prod" becomes "dev"` or `env "prod" is removed`, in at most `room` characters where possible. */
export function lossLine(loss: LabelChange, room = ITEM_CHARS): string {
  const lines = LOSS_PART_CHARS.map((chars) => describeLoss(loss, chars));
  return lines.find((line) => line.length <= room) ?? (lines.at(-1) as string);
}

/** Characters of a key and of a value: the first of these that fits is used. */
const LOSS_PART_CHARS = [MAX_TEXT_CHARS, 19, 15, 11];

function describeLoss({ key, was = "", is }: LabelChange, max: number): string {
  const [before, after] = [quoteInert(was, max), is === undefined ? undefined : quoteInert(is, max)];
  const becomes =
    after === undefined
      ? "is removed"
      : `becomes ${after === before ? "another, which begins alike" : after}`;
  return `${nameInert(key, max)} ${before} ${becomes}`;
}

/** Returns, in one line, what one of several images loses. */
export function lossesLine({ id }: Image, losses: readonly LabelChange[]): string {
  let line = `${id}:`;
  const isKeep = ({ key }: LabelChange) => Number(key === KEEP_LABEL);
  const inOrder = losses.toSorted((a, b) => isKeep(b) - isKeep(a));
  for (const [i, loss] of inOrder.entries()) {
    const isLast = i === losses.length - 1;
    const room = ITEM_CHARS - line.length - 2 - (isLast ? 0 : MORE_CHARS);
    const next = lossLine(loss, room);
    if (i > 0 && next.length > room) return `${line} and ${losses.length - i} more`;
    line = `${line}${i > 0 ? ";" : ""} ${next}`;
  }
  return line;
}

/** Returns untrusted text in quotation marks, which it cannot leave. */
function quoteInert(text: string, max: number): string {
  return `"${makeInert(text, max)}"`;
}

/** Characters of servers' names and of labels. */
const NAME = /^[\w.\-/= ()]*$/;

/** Returns a name, in quotation marks when it has other characters than a name. */
export function nameInert(text: string, max: number): string {
  const shown = makeInert(text, max);
  return NAME.test(shown.replace(/…$/, "")) ? shown : `"${shown}"`;
}

/** What a client may take for Markdown, HTML or a link. */
const MARKUP = /[[\]<>`|\\*~&]/g;

/** Returns the text without markup, links and invisible characters, in at most `max` characters. */
export function makeInert(text: string, max: number): string {
  const visible = clean(text, Number.MAX_SAFE_INTEGER).replace(MARKUP, "·");
  const plain = visible.replaceAll("://", ": //").replace(/www\./gi, "www·").replaceAll('"', "'");
  return shorten(plain, max);
}

/** Returns at most `max` characters, with an ellipsis where the text is cut. */
export function shorten(text: string, max: number): string {
  const characters = Array.from(text);
  return characters.length <= max ? text : `${characters.slice(0, Math.max(0, max - 1)).join("")}…`;
}

/** Returns at most `max` characters, the beginning and the end of a longer text. */
export function shortenMiddle(text: string, max: number): string {
  const characters = Array.from(text);
  const half = max / 2;
  if (characters.length <= max) return text;
  return `${characters.slice(0, half - 1).join("")}…${characters.slice(-half).join("")}`;
}
