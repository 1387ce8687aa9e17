/** Reads whether a deletion leaves servers without an image, for its preview. */

import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { describeLastImages, hasServer, type LastImages, NONE_LAST, serversOf } from "../view/last-images.ts";

type Type = "snapshot" | "backup";

/** Lists all images of the types for a preview; when that fails, returns why they are not known. Throws when cancelled. */
export async function listForPreview(type: Type[], api: ImagesApi): Promise<Image[] | string> {
  try {
    return await api.listAllImages({ type }, undefined, true);
  } catch (error) {
    if (!(error instanceof HcloudError)) throw error;
    return `unknown: the images could not be listed (${error.code})`;
  }
}

/** Lists what remains beside the targets, and returns which servers are left without an image. */
export async function readLastImages(targets: readonly Image[], api: ImagesApi): Promise<LastImages> {
  const types = new Set(targets.filter(hasServer).map(({ type }) => type as Type));
  return types.size === 0 ? NONE_LAST : viewLastImages(targets, await listForPreview([...types], api));
}

/** As {@link readLastImages}, with the result of {@link listForPreview}. */
export function viewLastImages(targets: readonly Image[], listed: readonly Image[] | string): LastImages {
  if (!targets.some(hasServer)) return NONE_LAST;
  if (typeof listed !== "string") return describeLastImages(targets, listed);
  const unknown = `it is not known whether ${targets.length === 1 ? "its server keeps" : "their servers keep"} other images`;
  return {
    emptied: serversOf(targets),
    shown: { last_of_its_server: listed },
    warning: { inSummary: unknown, inForm: unknown },
  };
}
