/** Says which servers a deletion leaves without an image: a person may count on the last one. */

import type { Image } from "../hcloud/types.ts";
import { intoGroups, serverLabel } from "../housekeeping/groups.ts";
import { findLastOfServers, isUsable } from "../housekeeping/last-images.ts";
import { serverGroupKey } from "../housekeeping/rules.ts";
import type { EmptiedServer, Warning } from "../tool.ts";
import { nounOf, plural } from "./counts.ts";
import { MAX_SERVER_CHARS, nameInert } from "./form-lines.ts";
import { listIds } from "./plan.ts";
import { listNames } from "./plan-groups.ts";

/** Servers of one kind of image that the sentence names. */
const MAX_NAMES = 2;

export interface LastImages {
  /** Members of a preview, with the names that they have in a plan. */
  shown: { last_of_its_server?: unknown; groups_left_empty?: string[] };
  warning?: Warning;
  /** The servers that are said to keep no usable image, or of which it is not known. */
  emptied: readonly EmptiedServer[];
}

/** What is said when each server keeps an image. */
export const NONE_LAST: LastImages = { shown: {}, emptied: [] };

/** Only images of these types are listed beside the targets. */
export const hasServer = ({ type, created_from: from }: Image) =>
  from !== null && (type === "snapshot" || type === "backup");

/** Returns the servers of the targets, each with the ids of its targets. */
export function serversOf(targets: readonly Image[]): EmptiedServer[] {
  const groups = intoGroups(targets.filter(hasServer), serverGroupKey);
  return Array.from(groups, ([key, images]) => ({ key, ids: images.map(({ id }) => id) }));
}

/** Returns nothing to show when each server keeps a usable image. `listed` has all snapshots or backups, or both, as the targets. */
export function describeLastImages(targets: readonly Image[], listed: readonly Image[]): LastImages {
  const ids = new Set(targets.map(({ id }) => id));
  const others = listed.filter(({ id, deleted }) => !ids.has(id) && !deleted);
  const last = findLastOfServers(targets.filter(hasServer), others);
  if (last.length === 0) return NONE_LAST;
  const byKind = intoGroups(last, (image) => describeKind(image, others));
  const areMixed = new Set(last.map(({ type }) => type)).size > 1;
  const emptied = new Set(last.map(serverGroupKey));
  const areAllGone = !others.some(
    (other) =>
      emptied.has(serverGroupKey(other)) ||
      (!isUsable(other) && last.some((image) => isOfSame(image, other))),
  );
  const isOne = targets.length === 1;
  const say = (listServers: (images: readonly Image[]) => string) =>
    [...byKind]
      .map(([kind, images]) => {
        const servers = listServers(onePerServer(images));
        if (isOne && areAllGone) return `it is the only ${kind} of ${servers}`;
        return `leaves ${servers} without ${areAllGone ? `any ${kind}` : `an available ${kind} outside the bin`}`;
      })
      .join("; ");
  return {
    emptied: serversOf(targets).filter(({ key }) => emptied.has(key)),
    shown: {
      ...(!isOne && { last_of_its_server: listIds(last) }),
      groups_left_empty: listNames([
        ...new Set(
          last.map((image) => `${serverLabel(image)}${areMixed ? `, ${nounOf([image.type])}s` : ""}`),
        ),
      ]),
    },
    warning: {
      inSummary: say(({ length }) => (isOne ? "its server" : plural(length, "server"))),
      inForm: say(nameServers),
    },
  };
}

/** Returns what the server has no more, such as `snapshot`; an image of another architecture may remain. */
function describeKind(image: Image, others: readonly Image[]): string {
  const keepsOther = others.some((other) => isUsable(other) && isOfSame(image, other));
  return `${nounOf([image.type])}${keepsOther ? " of its architecture" : ""}`;
}

/** Whether the images have the same type and server; their architectures may differ. */
function isOfSame(image: Image, other: Image): boolean {
  return other.type === image.type && other.created_from?.id === image.created_from?.id;
}

/** Returns one of the images of each server, which can lose its last image of two architectures. */
function onePerServer(images: readonly Image[]): Image[] {
  return [...new Map(images.map((image) => [image.created_from?.id, image])).values()];
}

function nameServers(images: readonly Image[]): string {
  const names = images.slice(0, MAX_NAMES).map((image) => nameInert(serverLabel(image), MAX_SERVER_CHARS));
  const more = images.length - names.length;
  if (more > 0) return `${names.join(", ")} and ${more} more`;
  return names.join(" and ");
}
