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

  /** Returns all descriptions by which a person may know the image; undefined when the session has replaced no other one. */
  readonly formerDescription = (image: Image): string | undefined =>
    this.#formerNames(image).join(" / ") || undefined;

  /** Returns the loss with the former descriptions of its images, for preview and form. */
  addTo(loss: Loss, images: readonly Image[]): Loss {
    const renames = listRenames(images, this.formerDescription);
    // A form has room for one name.
    const first = listRenames(images, (image) => this.#formerNames(image)[0]);
    return {
      ...loss,
      shown: { ...loss.shown, ...viewRenames(renames) },
      lines: [...linesOf(first), ...loss.lines],
    };
  }

  /** Returns the first of the former descriptions, then the latest ones. */
  #formerNames({ id, description }: Image): string[] {
    const [first, ...later] = this.#before.get(id) ?? [];
    if (!first) return [];
    const names = new Set([first, ...later.reverse()].map(({ was }) => was));
    names.delete(description);
    return Array.from(names, (was) => was || NONE);
  }
}

function linesOf(renames: readonly Rename[]): string[] {
  const lines = renames.map(({ id, was }) => renameLine(id, was));
  if (lines.length <= MAX_LINES) return lines;
  const others = renames.slice(MAX_LINES - 1).map(({ id }) => id);
  return [...lines.slice(0, MAX_LINES - 1), `${others.length} more had other names: ${others.join(", ")}`];
}
