import { describe, expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { answering, apiError, lines, rows, start } from "../support/answers.ts";
import { aged, PLAN, planOf } from "../support/cleanup.ts";

const images = [
  aged(1, 1),
  aged(2, 2, { image_size: 100 }),
  aged(3, 3, { image_size: 27.5 }),
  aged(4, 4, { image_size: null }),
];

describe("money of hcloud_plan_image_cleanup", () => {
  test("the savings are the monthly cost of the selected snapshots by the API's price list", async () => {
    const { call } = await start({ images });
    const { to_delete, money } = planOf(await call(PLAN, { keep_last: 1 }));
    // 127.5 GB at 0.0143 net, 19 % VAT.
    expect(to_delete).toEqual({
      images: 3,
      gb: 127.5,
      saves_per_month: { currency: "EUR", net: "1.82", gross: "2.17" },
    });
    expect(money).toBeUndefined();
  });

  test("the savings use the project's currency and price, also when gross is not net and VAT", async () => {
    const { call, simulator } = await start({ images });
    const { pricing } = simulator.state;
    simulator.state.pricing = {
      ...pricing,
      currency: "USD",
      image: { price_per_gb_month: { net: "1", gross: "1.5000000000" } },
    };
    const { to_delete } = planOf(await call(PLAN, { keep_last: 1 }));
    expect(to_delete.saves_per_month).toEqual({ currency: "USD", net: "127.50", gross: "191.25" });
  });

  const priced = (price: unknown) =>
    ({ status: 200, body: { pricing: { currency: "EUR", image: { price_per_gb_month: price } } } }) as const;

  test.each<[string, Intercept, code: string]>([
    [
      "the right is missing",
      answering("GET", "/pricing", apiError(403, "forbidden", "insufficient rights")),
      "forbidden",
    ],
    ["the route is gone", answering("GET", "/pricing", apiError(404, "not_found", "no route")), "not_found"],
    ["a proxy knows no such page", answering("GET", "/pricing", { status: 404, body: "nope" }), "http_404"],
    ["the API fails", answering("GET", "/pricing", apiError(500, "server_error", "oops")), "server_error"],
    ["the answer is no JSON", answering("GET", "/pricing", { status: 200, body: "<p>" }), "malformed_reply"],
    ["the answer is empty", answering("GET", "/pricing", { status: 200, body: {} }), "malformed_reply"],
    [
      "there is no currency",
      answering("GET", "/pricing", {
        status: 200,
        body: { pricing: { image: { price_per_gb_month: { net: "1", gross: "1" } } } },
      }),
      "malformed_reply",
    ],
    [
      "the price is a number",
      answering("GET", "/pricing", priced({ net: 0.01, gross: 0.01 })),
      "malformed_reply",
    ],
    ["there is no gross price", answering("GET", "/pricing", priced({ net: "0.01" })), "malformed_reply"],
    [
      "the price is negative",
      answering("GET", "/pricing", priced({ net: "-1", gross: "1" })),
      "malformed_reply",
    ],
    [
      "the price is no number",
      answering("GET", "/pricing", priced({ net: "1,5", gross: "" })),
      "malformed_reply",
    ],
  ])("the savings are omitted and called unknown when %s", async (_, intercept, code) => {
    const { call } = await start({ images, intercept });
    const plan = planOf(await call(PLAN, { keep_last: 1 }));
    expect(plan.to_delete).toEqual({ images: 3, gb: 127.5 });
    expect(plan.money).toBe(`unknown: the price list could not be read (${code})`);
    expect(plan.confirm).toBeDefined();
  });

  test("the price is not read for backups, which are billed by the server's price", async () => {
    const { call, simulator } = await start();
    const answer = await call(PLAN, { type: "backup", keep_last: 1 });
    const plan = planOf(answer);
    expect(rows(answer)).toHaveLength(3);
    expect(plan.to_delete).not.toHaveProperty("saves_per_month");
    expect(plan.money).toBe(
      "backups are billed by their server's price, not by size, and Hetzner rotates them itself: seven for each server",
    );
    expect(lines(simulator.requests)).toEqual(["GET /images"]);
  });
});
