/** Plans over as many snapshots as a large project has, in the tokens that they cost. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { start } from "../support/answers.ts";
import { many, PLAN, planOf, tokensOf } from "../support/cleanup.ts";
import { idsOnPages, readAllPages } from "../support/plan-pages.ts";

const LONG = "nightly before the deployment of the web shop, release candidate number ".repeat(3);

/** 10,000 snapshots of 300 servers; `rest` says what is special about each. */
const tenThousand = (rest: (i: number) => Partial<Image>) =>
  many(10_000, (i) => ({
    created_from: { id: 40_000_000 + (i % 300), name: `server-${i % 300}` },
    ...rest(i),
  }));

const CHINESE = "网站服务器每日自动备份快照数据库迁移之前的状态";

/** Words of every length, different in each image. */
const hex = (i: number) =>
  Array.from({ length: 8 }, (_, k) => (((i + 1) * 2_654_435_761 * (k + 7)) >>> 0).toString(16)).join("");

const named = (i: number, name: string) => ({ created_from: { id: 40_000_000 + (i % 300), name } });

/** A plan of 500 over 10,000 snapshots; fails unless each page after the first takes at most 2,500 tokens. */
async function planOf500(rest: (i: number) => Partial<Image>, policy: Record<string, unknown> = {}) {
  const harness = await start({ images: tenThousand(rest), rateLimit: 100_000 });
  const first = await harness.call(PLAN, { older_than_days: 9_500, ...policy });
  expect(planOf(first)).toMatchObject({ considered: 10_000, total: 500 });
  const pages = await readAllPages(harness, first);
  expect(idsOnPages(pages)).toHaveLength(500);
  expect(Math.max(...pages.slice(1).map(tokensOf))).toBeLessThanOrEqual(2_500);
  return { tokens: tokensOf(first), ...planOf(first) };
}

const ofOneServer = { created_from: { id: 42, name: "web-1" } };

describe("tokens of a plan with few groups", () => {
  test.each<[string, (i: number) => Partial<Image>]>([
    ["of one server", () => ofOneServer],
    ["of ten servers", (i) => ({ created_from: { id: 40_000_000 + (i % 10), name: `server-${i % 10}` } })],
    ["with Chinese descriptions", () => ({ ...ofOneServer, description: CHINESE })],
    ["with hexadecimal descriptions", (i) => ({ ...ofOneServer, description: hex(i) })],
    ["with emoji in descriptions", () => ({ ...ofOneServer, description: "🫠🧿🪬🦤🏴".repeat(3) })],
  ])(
    "a plan of 500 over 10,000 takes at most 2,500 tokens a page when its groups are few: %s",
    async (_, rest) => {
      const { tokens, rows } = await planOf500(rest);
      expect(tokens).toBeLessThanOrEqual(2_500);
      expect(rows.length).toBeGreaterThanOrEqual(10);
    },
  );
});

describe("tokens of a plan with 300 groups", () => {
  test.each<[string, (i: number) => Partial<Image>, Record<string, unknown>?]>([
    ["of 300 servers", () => ({})],
    ["with long descriptions and names", (i) => ({ description: LONG, ...named(i, `${LONG}${i % 300}`) })],
    ["by description", (i) => ({ description: `nightly of shop ${i % 300}` }), { group_by: "description" }],
    ["by label", (i) => ({ labels: { app: `shop-${i % 300}` } }), { group_by: "label:app" }],
    ["with Chinese names", (i) => named(i, CHINESE.repeat(2) + (i % 300))],
    ["with emoji in names", (i) => named(i, "🚀🔥🫠".repeat(10) + (i % 300))],
    ["by hexadecimal description", (i) => ({ description: hex(i % 300) }), { group_by: "description" }],
  ])(
    "a plan of 500 over 10,000 summarizes its 300 groups, with ten rows on its first page: %s",
    async (_, rest, policy) => {
      const { groups, rows } = await planOf500(rest, policy);
      expect(groups?.rows).toHaveLength(300);
      expect(rows).toHaveLength(10);
    },
  );

  test("the first page of a plan with 300 servers takes at most 10,000 tokens", async () => {
    expect((await planOf500(() => ({}))).tokens).toBeLessThanOrEqual(10_000);
  });

  test("the first page of a plan has ten rows, even longer ones than a page may contain", async () => {
    const { rows } = await planOf500(() => ({ ...ofOneServer, description: "𓀀𒀱𐌰ꙮ".repeat(15) }));
    expect(rows).toHaveLength(10);
  });
});
