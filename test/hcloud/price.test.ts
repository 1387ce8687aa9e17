import { describe, expect, test } from "vitest";
import { HcloudError } from "../../src/hcloud/errors.ts";
import { parseImagePrice } from "../../src/hcloud/parse.ts";
import { catchError, startCloud } from "../support/cloud.ts";

const PRICE = { net: "0.0143", gross: "0.0170170000" };
const pricing = (price: unknown, currency: unknown = "EUR") => ({
  currency,
  vat_rate: "19.00",
  image: { price_per_gb_month: price },
});
const read = (body: unknown) => parseImagePrice({ status: 200, body, correlationId: "abc123", sentAt: 0 });

describe("getImagePrice", () => {
  test("reads the price once, and keeps the decimal strings of the API", async () => {
    const { hcloud, simulator } = await startCloud();
    expect(await hcloud.getImagePrice()).toEqual({ currency: "EUR", net: "0.0143", gross: "0.017017" });
    expect(simulator.requests).toMatchObject([{ method: "GET", rawUrl: "/v1/pricing" }]);
  });

  test.each([
    "0",
    "0.0000",
    "00.10",
    "1",
    "0.0143",
    "0.0119000000000000",
    "0.01190000000000000000000000000001",
    "1234.5",
    "999999999999.99",
  ])("keeps every digit of a decimal string such as %j", (amount) => {
    expect(read({ pricing: pricing({ net: amount, gross: amount }) })).toEqual({
      currency: "EUR",
      net: amount,
      gross: amount,
    });
  });

  test("reads net and gross", () => {
    expect(read({ pricing: pricing(PRICE) })).toEqual({ currency: "EUR", ...PRICE });
  });

  test("reads the currency of the response", () => {
    expect(read({ pricing: pricing(PRICE, "USD") })).toEqual({ currency: "USD", ...PRICE });
  });

  const bad = [
    0.0143,
    null,
    undefined,
    "",
    " ",
    "1,5",
    "-1",
    "+1",
    "1e3",
    ".5",
    "1.",
    "0x1",
    " 1",
    "1\n",
    "1".repeat(13),
    `1.${"1".repeat(65)}`,
  ];
  test.each([...bad, "NaN", "Infinity", "free", true, ["1"]])(
    "rejects the amount %j as malformed",
    (amount) => {
      for (const member of ["net", "gross"]) {
        const { code, message } = mistake({ pricing: pricing({ ...PRICE, [member]: amount }) });
        expect(code).toBe("malformed_reply");
        expect(message).toBe(`price_per_gb_month.${member} is missing or of the wrong type`);
      }
    },
  );

  test.each<[what: string, body: unknown, where: string]>([
    ["nothing", null, "the answer"],
    ["a list", [], "the answer"],
    ["no pricing", {}, "pricing"],
    ["a list of prices", { pricing: [] }, "pricing"],
    ["no price of images", { pricing: { currency: "EUR" } }, "pricing.image"],
    ["no price per GB", { pricing: { currency: "EUR", image: {} } }, "pricing.image.price_per_gb_month"],
    ["a bare amount", { pricing: pricing("0.0143") }, "pricing.image.price_per_gb_month"],
    ["no currency", { pricing: pricing(PRICE, null) }, "pricing.currency"],
  ])("rejects a response as malformed_reply when there is %s", (_, body, where) => {
    expect(mistake(body)).toMatchObject({
      code: "malformed_reply",
      message: `${where} is missing or of the wrong type`,
      status: 200,
      correlationId: "abc123",
    });
  });

  test("rejects with the API's error", async () => {
    const { hcloud, simulator } = await startCloud();
    simulator.intercept = (_, response) => {
      response.writeHead(200).end(JSON.stringify({ pricing: pricing({ net: 1, gross: 1 }) }));
      return "handled";
    };
    expect(await catchError(hcloud.getImagePrice())).toMatchObject({ code: "malformed_reply" });
    expect(simulator.requests).toHaveLength(1);
  });
});

function mistake(body: unknown): HcloudError {
  try {
    throw new Error(`it was read as ${JSON.stringify(read(body))}`);
  } catch (error) {
    if (error instanceof HcloudError) return error;
    throw error;
  }
}
