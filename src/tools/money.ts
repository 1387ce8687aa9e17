/** Reads what images cost, by the API's own price list. */

import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image, ImagePrice } from "../hcloud/types.ts";
import { type MonthlyCost, monthlyCost } from "../housekeeping/costs.ts";

export const BACKUPS_COST =
  "backups are billed by their server's price, not by size, and Hetzner rotates them itself: seven for each server";

/** The price of a GB and month; null with the reason when it is not known. */
interface Price {
  price: ImagePrice | null;
  money?: string;
}

/** Reads the price; an error of the API is the reason why the price is not known. */
export async function readPrice(api: ImagesApi): Promise<Price> {
  try {
    return { price: await api.getImagePrice() };
  } catch (error) {
    // The result of a cancelled call still reports what was done before.
    if (api.signal.aborted) return { price: null };
    if (!(error instanceof HcloudError)) throw error;
    return { price: null, money: `unknown: the price list could not be read (${error.code})` };
  }
}

interface Savings {
  saves_per_month?: MonthlyCost;
  money?: string;
}

/** Reads what the deletion of these images saves a month, or why that is not known. */
export async function readSavings(images: readonly Image[], api: ImagesApi): Promise<Savings> {
  return savingsAt(await readPrice(api), images);
}

/** As {@link readSavings}, with a price that was read before. */
export function savingsAt({ price, money }: Price, images: readonly Image[]): Savings {
  return price ? { saves_per_month: monthlyCost(images, price) } : { ...(money && { money }) };
}

/** As {@link readSavings}, for one image: states no amount for an image that is not billed by size, or has no size. */
export async function readImageSavings(image: Image, api: ImagesApi): Promise<Savings> {
  if (image.type === "backup") return { money: BACKUPS_COST };
  if (image.type !== "snapshot") return {};
  return image.image_size === null ? { money: "unknown: the image has no size" } : readSavings([image], api);
}

/** Reads what the image costs a month once it is a snapshot, or why that is not known. */
export async function readCostAsSnapshot(
  image: Image,
  api: ImagesApi,
): Promise<{ costs_per_month?: MonthlyCost; money?: string }> {
  const { saves_per_month: costs_per_month, ...rest } = await readImageSavings(
    { ...image, type: "snapshot" },
    api,
  );
  return { ...(costs_per_month && { costs_per_month }), ...rest };
}
