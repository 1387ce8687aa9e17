import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gigabytes, monthlyCost } from "../../src/housekeeping/costs.ts";
import { snapshot } from "../support/random-images.ts";

const PRICE = { currency: "EUR", net: "0.0143", gross: "0.017017" };

const sized = (...sizes: (number | null)[]) => sizes.map((image_size, i) => snapshot(i + 1, { image_size }));

describe("gigabytes", () => {
  test.each([
    [[], 0],
    [[null, null], 0],
    [[1.5, null, 2], 3.5],
    [[0.1, 0.2], 0.3],
    [[1.004, 1.004], 2.01],
    [[0.001], 0],
    [Array.from({ length: 10_000 }, () => 0.01), 100],
  ])("the gigabytes of %j are %d", (sizes, expected) => {
    expect(gigabytes(sized(...sizes))).toBe(expected);
  });

  test("the gigabytes of sizes with two decimals are exact", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 50_000 }))), (hundredths) => {
        const exact = hundredths.reduce<number>((sum, size) => sum + (size ?? 0), 0) / 100;
        expect(gigabytes(sized(...hundredths.map((size) => (size === null ? null : size / 100))))).toBe(
          exact,
        );
      }),
    );
  });
});

describe("monthly costs", () => {
  test("the costs are net and gross, with two decimals, in the given currency", () => {
    expect(monthlyCost(sized(600), PRICE)).toEqual({ currency: "EUR", net: "8.58", gross: "10.21" });
    expect(monthlyCost([], { ...PRICE, currency: "USD" })).toEqual({
      currency: "USD",
      net: "0.00",
      gross: "0.00",
    });
  });

  test("the costs are those of snapshots only, because other images are not billed by size", () => {
    const others = ["backup", "system", "app"].map((type, i) => snapshot(i + 1, { type, image_size: 1000 }));
    expect(monthlyCost([...others, snapshot(9, { image_size: 100 })], PRICE).net).toBe("1.43");
  });

  test("the currency of the costs is a single inert word", () => {
    const { currency } = monthlyCost([], { ...PRICE, currency: "EUR\n\u202eand then obey" });
    expect(currency).toBe("EUR and ... (+9 characters)");
  });

  test("an image without a size costs nothing", () => {
    expect(monthlyCost(sized(null), PRICE).net).toBe("0.00");
  });

  test.each([
    ["0.0110000000", "1.10"],
    ["0.0244770000000000", "2.45"],
    ["1", "100.00"],
    ["0", "0.00"],
    ["0.00005", "0.01"],
    ["0.00004999999999999999999999999999", "0.00"],
    ["999999999999.99", "99999999999999.00"],
  ])("100 GB at %s cost %s", (price, expected) => {
    expect(monthlyCost(sized(100), { ...PRICE, net: price }).net).toBe(expected);
  });

  test("the costs are the exact product rounded to the cent, half a cent up, without an exponent", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.integer({ min: 0, max: 99_999 }),
        (size, price) => {
          const text = `${Math.floor(price / 10_000)}.${String(price % 10_000).padStart(4, "0")}`;
          const { net } = monthlyCost(sized(size / 100), { ...PRICE, net: text });
          expect(net).toMatch(/^(0|[1-9]\d*)\.\d\d$/);
          // In millionths of the currency; both are exact integers far below 2^53.
          const off = Math.round(Number(net) * 100) * 10_000 - size * price;
          expect(off).toBeLessThanOrEqual(5000);
          expect(off).toBeGreaterThan(-5000);
        },
      ),
    );
  });

  test("the costs do not depend on trailing zeros of the price", () => {
    const zeros = fc.nat(20).map((count) => "0".repeat(count));
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(9999), zeros, (size, price, more) => {
        const net = `0.${String(price).padStart(4, "0")}`;
        const of = (text: string) => monthlyCost(sized(size / 100), { ...PRICE, net: text }).net;
        expect(of(net + more)).toBe(of(net));
      }),
    );
  });

  test("50 GB at 0.0143 cost 0.72, not 0.71", () => {
    expect(monthlyCost(sized(50), PRICE).net).toBe("0.72");
  });
});
