/** Remembers the descriptions that a session replaced without confirmation: a person may know an image by the old one. */

import type { Image } from "../hcloud/types.ts";
import type { Loss } from "../tool.ts";
import { renameLine } from "../view/form-lines.ts";
import { listRenames, type Rename, viewRenames } from "../view/renames.ts";

/** Number of images that are remembered; the oldest are dropped. */
const MAX_IMAGES = 10_000;

/** Descriptions that are remembered of one image: the first, and the last ones. */
const MAX_DESCRIPTIONS = 4;

/** Rename lines of a form, which shows few lines, and must show images as well. */
const MAX_LINES = 2;

const NONE = "(no description)";

export class Renames {
  /** By id, the descriptions that the session replaced, the oldest first. */
  readonly #before = new Map<number, { was: string }[]>();

  /** Remembers the description that an image had `before` a change. Returns how to forget it again when the change was not made. */
  note(id: number, before: string): () => void {
    const noted = { was: before };
    const renames = [...(this.#before.get(id) ?? []), noted];
    if (renames.length > MAX_DESCRIPTIONS) renames.splice(1, 1);
    this.#before.set(id, renames);
    const [oldest] = this.#before.keys();
    if (this.#before.size > MAX_IMAGES && oldest !== undefined) this.#before.delete(oldest);
    return () => {
      const left = this.#before.get(id)?.filter((one) => one !== noted) ?? [];
      if (left.length > 0) this.#before.set(id, left);
      else this.#before.delete(id);
    };
  }

  /**
   * Returns the descriptions by which a person may know the image, the first and then the latest ones; undefined when the session
   * has replaced no other than the current one.
   */
  readonly formerDescription = ({ id, description }: Image): string | undefined => {
    const [first, ...later] = this.#before.get(id) ?? [];
    if (!first) return undefined;
    const known = new Set([first, ...later.reverse()].map(({ was }) => was));
    known.delete(description);
    return known.size === 0 ? undefined : Array.from(known, (was) => was || NONE).join(" / ");
  };

  /** Returns the loss with the former descriptions of its images, for preview and form. */
  addTo(loss: Loss, images: readonly Image[]): Loss {
    const renamed = listRenames(images, this.formerDescription);
    return {
      ...loss,
      shown: { ...loss.shown, ...viewRenames(renamed) },
      lines: [...linesOf(renamed), ...loss.lines],
    };
  }
}

function linesOf(renames: readonly Rename[]): string[] {
  const lines = renames.map(({ id, was }) => renameLine(id, was));
  if (lines.length <= MAX_LINES) return lines;
  const others = renames.slice(MAX_LINES - 1).map(({ id }) => id);
  return [...lines.slice(0, MAX_LINES - 1), `${others.length} more had other names: ${others.join(", ")}`];
}
