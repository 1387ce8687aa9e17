/** Sizes and costs of images. Snapshots are billed by compressed size, backups by a share of their server's price. */

import type { Image, ImagePrice } from "../hcloud/types.ts";
import { clean } from "../text.ts";
import { costOf, sumGigabytes } from "./sums.ts";

/** A currency has three characters; a longer one is cut. */
const MAX_CURRENCY_CHARS = 8;

/** Returns the sum of `image_size` in GB, rounded to two decimals. */
export function gigabytes(images: readonly Image[]): number {
  return sumGigabytes(images.map(({ image_size }) => image_size));
}

export interface MonthlyCost {
  /** The currency of the project's owner, as in the API. */
  currency: string;
  /** Decimal with two places, like `gross`. */
  net: string;
  gross: string;
}

/** Returns the monthly cost of the snapshots among the images; other types are not billed by size. */
export function monthlyCost(images: readonly Image[], { currency, net, gross }: ImagePrice): MonthlyCost {
  const billed = gigabytes(images.filter(({ type }) => type === "snapshot"));
  return {
    currency: clean(currency, MAX_CURRENCY_CHARS),
    net: costOf(billed, net),
    gross: costOf(billed, gross),
  };
}
