/** Sizes and costs of images. Snapshots are billed by compressed size, backups by a share of their server's price. */

import type { Image, ImagePrice } from "../hcloud/types.ts";
import { clean } from "../text.ts";
import { costOf, sumGigabytes } from "./sums.ts";

/** A currency has three characters; a longer one is cut. */
const MAX_CURRENCY_CHARS = 8;

/** Sum of `image_size`, in GB, rounded to two decimals. */
export function gigabytes(images: readonly Image[]): number {
  return sumGigabytes(images.map(({ image_size }) => image_size));
}

export interface MonthlyCost {
  /** Of the project's owner, as the API gives it. */
  currency: string;
  /** Decimal, two places. */
  net: string;
  gross: string;
}

/** The monthly cost of the snapshots among the images; other types are not billed by size. */
export function monthlyCost(images: readonly Image[], { currency, net, gross }: ImagePrice): MonthlyCost {
  const billed = gigabytes(images.filter(({ type }) => type === "snapshot"));
  return {
    currency: clean(currency, MAX_CURRENCY_CHARS),
    net: costOf(billed, net),
    gross: costOf(billed, gross),
  };
}
