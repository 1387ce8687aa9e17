/** How lists call the servers that images were created from. */

import type { Image } from "../hcloud/types.ts";
import { intoGroups, serverLabel } from "../housekeeping/groups.ts";

/**
 * Labels the servers of a list by name; with the id, as {@link serverLabel}, where the name is not enough: when several
 * servers of the list have it, when the server has another name elsewhere in the list, and when the name is not shown as it is.
 */
export function labelServers(images: readonly Image[]): (image: Image) => string {
  const servers = new Map(images.map((image) => [keyOf(image), image] as const));
  const byName = intoGroups([...servers.values()], ({ created_from: from }) => from?.name);
  const byId = intoGroups([...servers.values()], ({ created_from: from }) => from?.id);
  const labels = new Map(
    Array.from(servers, ([key, image]) => {
      const { created_from: from } = image;
      const label = serverLabel(image);
      if (!from) return [key, label];
      const isUnique = [byName.get(from.name), byId.get(from.id)].every((same) => same?.length === 1);
      // As an argument, digits can be the id of another server.
      const isExact = label === `${from.name} (${from.id})` && !/^\d*$/.test(from.name);
      return [key, isUnique && isExact ? from.name : label];
    }),
  );
  return (image) => labels.get(keyOf(image)) ?? serverLabel(image);
}

const keyOf = ({ created_from: from }: Image) => (from ? `${from.id} ${from.name}` : "");
