/** Sizes and costs of images. Snapshots are billed by compressed size, backups by a share of their server's price. */

import type { Image, ImagePrice } from "../hcloud/types.ts";
import { clean } from "../text.ts";

/** A currency has three characters; a longer one is cut. */
const CURRENCY = 8;

/** Sum of `image_size`, in GB, rounded to two decimals. */
export function gigabytes(images: readonly Image[]): number {
  return Math.round(images.reduce((sum, { image_size }) => sum + (image_size ?? 0), 0) * 100) / 100;
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
  const hundredths = Math.round(gigabytes(images.filter(({ type }) => type === "snapshot")) * 100);
  return {
    currency: clean(currency, CURRENCY),
    net: cents(hundredths, net),
    gross: cents(hundredths, gross),
  };
}

/** Hundredths of a GB times a decimal price, to the cent; in integers, since binary fractions lose half cents. */
function cents(hundredths: number, price: string): string {
  const [whole = "0", fraction = ""] = price.split(".");
  const scale = 10n ** BigInt(fraction.length);
  const rounded = (BigInt(hundredths) * BigInt(whole + fraction) * 2n + scale) / (scale * 2n);
  const digits = String(rounded).padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
