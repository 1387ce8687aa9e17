/** Finds operating systems of images that Hetzner withdraws: soon no fresh system can replace such an image. */

import { parseInstant } from "../hcloud/time.ts";
import type { Image } from "../hcloud/types.ts";
import { clean } from "../text.ts";
import { intoGroups, osName } from "./groups.ts";

/** Characters of a name. */
const MAX_NAME_CHARS = 63;

/** Returns the systems of `images` that Hetzner is withdrawing or no longer offers; `systems` are the system images. */
export function withdrawnSystems(images: readonly Image[], systems: readonly Image[]) {
  // A list without any system says nothing.
  if (systems.length === 0) return [];
  const systemOf = (image: Image) => `${osName(image)} ${image.architecture}`;
  const offered = intoGroups(systems, systemOf);
  return [...intoGroups(images, systemOf)].flatMap(([os, members]) => {
    const first = members[0];
    if (!first?.os_version || first.os_flavor === "unknown") return [];
    const current = offered.get(os) ?? [];
    if (current.some(({ deprecation }) => !deprecation)) return [];
    const ends = current.flatMap(({ deprecation }) => deprecation?.unavailable_after || []);
    const [until] = ends.sort((a, b) => parseInstant(b) - parseInstant(a));
    const end = until ? { unavailable_after: clean(until, MAX_NAME_CHARS) } : { deprecated: true };
    return [
      {
        os_flavor: clean(first.os_flavor, MAX_NAME_CHARS),
        os_version: clean(first.os_version, MAX_NAME_CHARS),
        images: members.length,
        ...(current.length > 0 ? end : { no_longer_offered: true }),
      },
    ];
  });
}
