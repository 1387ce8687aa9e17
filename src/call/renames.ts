/** Remembers the descriptions that a session replaced without confirmation: a person may know an image by the old one. */

import type { Image } from "../hcloud/types.ts";
import type { Loss } from "../tool.ts";
import { renameLine } from "../view/form-lines.ts";
import { listRenames, viewRenames } from "../view/renames.ts";

/** Number of images that are remembered; the oldest are dropped. */
const MAX_IMAGES = 10_000;

export class Renames {
  /** By id, the description before the session's first change. */
  readonly #before = new Map<number, string>();

  /** Remembers the description that an image had `before` a change. Returns how to forget it again when the change was not made. */
  note(id: number, before: string): () => void {
    if (this.#before.has(id)) return () => undefined;
    this.#before.set(id, before);
    const [oldest] = this.#before.keys();
    if (this.#before.size > MAX_IMAGES && oldest !== undefined) this.#before.delete(oldest);
    return () => this.#before.delete(id);
  }

  /** Returns the description by which a person may know the image; undefined unless the session has replaced it. */
  readonly formerDescription = ({ id, description }: Image): string | undefined => {
    const was = this.#before.get(id);
    return was === description ? undefined : was;
  };

  /** Returns the loss with the former descriptions of its images, for preview and form. */
  addTo(loss: Loss, images: readonly Image[]): Loss {
    const renamed = listRenames(images, this.formerDescription);
    return {
      ...loss,
      shown: { ...loss.shown, ...viewRenames(renamed) },
      lines: [...renamed.map(({ id, was }) => renameLine(id, was)), ...loss.lines],
    };
  }
}
