/** Former descriptions of images, by which a person may know them. */

import type { Image } from "../hcloud/types.ts";
import { clean } from "../text.ts";

/** Characters of a description. */
const MAX_TEXT_CHARS = 120;

/** Returns the descriptions that the session replaced, as one text; undefined unless it has replaced another than the current one. */
export type FormerDescription = (image: Image) => string | undefined;

export interface Rename {
  id: number;
  was: string;
}

export function listRenames(images: readonly Image[], formerDescription: FormerDescription): Rename[] {
  return images.flatMap((image) => {
    const was = formerDescription(image);
    return was === undefined ? [] : [{ id: image.id, was }];
  });
}

/** Returns the member of a preview that lists the renames; nothing without renames. */
export function viewRenames(renames: readonly Rename[]) {
  return renames.length > 0 && { renamed_in_this_session: cleanRenames(renames) };
}

/** Returns the renames with inert texts. */
export function cleanRenames(renames: readonly Rename[]): Rename[] {
  return renames.map(({ id, was }) => ({ id, was: clean(was, MAX_TEXT_CHARS) }));
}
