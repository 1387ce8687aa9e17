/** Remembers the descriptions that a session replaced without confirmation: a person may know an image by the old one. */

import type { Image } from "../hcloud/types.ts";
import { clean } from "../text.ts";
import type { Loss } from "../tool.ts";
import { renameLine } from "../view/form-lines.ts";

/** Number of images that are remembered; the oldest are dropped. */
const MAX_IMAGES = 10_000;

/** Characters of a description in a preview. */
const MAX_TEXT_CHARS = 120;

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

  /** Returns the loss with the former descriptions of its images, for preview and form. */
  addTo(loss: Loss, images: readonly Image[]): Loss {
    const renamed = images.flatMap(({ id, description }) => {
      const was = this.#before.get(id);
      return was === undefined || was === description ? [] : [{ id, was }];
    });
    if (renamed.length === 0) return loss;
    return {
      ...loss,
      shown: {
        ...loss.shown,
        renamed_in_this_session: renamed.map(({ id, was }) => ({ id, was: clean(was, MAX_TEXT_CHARS) })),
      },
      lines: [...renamed.map(({ id, was }) => renameLine(id, was)), ...loss.lines],
    };
  }
}
