/** Sums of sizes and prices. Imports nothing: the page adds up in the browser what the server adds up here. */

/** Returns the sum of sizes in GB, rounded to two decimals; an unknown size is 0. */
export function sumGigabytes(sizes: readonly (number | null)[]): number {
  return Math.round(sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0) * 100) / 100;
}

/** Returns GB times a decimal price, to the cent; calculates in integers, because binary fractions lose half cents. */
export function costOf(gigabytes: number, price: string): string {
  const [whole = "0", fraction = ""] = price.split(".");
  const scale = 10n ** BigInt(fraction.length);
  const hundredths = BigInt(Math.round(gigabytes * 100));
  const rounded = (hundredths * BigInt(whole + fraction) * 2n + scale) / (scale * 2n);
  const digits = String(rounded).padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
