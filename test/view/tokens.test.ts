/** What lists and reports of whole projects cost a model to read, in tokens (o200k). */

import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, test } from "vitest";
import { backups, byHand, nightlies, packerBuilds } from "../../scripts/bench/realistic-projects.mjs";
import type { Image } from "../../src/hcloud/types.ts";
import { start } from "../support/answers.ts";
import { NOON } from "../support/harness.ts";

async function tokensOf(images: Image[], tool: string, args: Record<string, unknown> = {}): Promise<number> {
  const { call } = await start({ images });
  return countTokens((await call(tool, args)).text);
}

describe("tokens of a list", () => {
  test.each<[what: string, images: Image[]]>([
    ["nightlies of ten servers", nightlies(60, 10, NOON)],
    ["nightlies of four servers", nightlies(60, 4, NOON)],
    ["what Packer built", packerBuilds(60, NOON)],
    ["made by hand", byHand(60, NOON)],
  ])("25 snapshots with three labels each cost at most 1,350 tokens: %s", async (_, images) => {
    expect(images.every(({ labels }) => Object.keys(labels).length === 3)).toBe(true);
    const args = { type: "snapshot", sort: "created:desc" };
    expect(await tokensOf(images, "hcloud_list_images", args)).toBeLessThanOrEqual(1_350);
  });

  test("a UUID in the name of every server costs few tokens more", async () => {
    const images = packerBuilds(60, NOON, "uuid");
    expect(await tokensOf(images, "hcloud_list_images", { type: "snapshot" })).toBeLessThanOrEqual(1_400);
  });
});

describe("tokens of a report over 60 images", () => {
  test.each<[what: string, images: Image[]]>([
    ["of eight servers", [...nightlies(40, 8, NOON), ...byHand(6, NOON), ...backups(2, NOON)]],
    ["of ten servers", [...nightlies(46, 10, NOON), ...byHand(7, NOON), ...backups(1, NOON)]],
    ["made by hand", byHand(60, NOON)],
    ["each of a server of its own", packerBuilds(60, NOON, "uuid")],
  ])("a report costs at most 700 tokens for 60 images %s", async (_, images) => {
    expect(images).toHaveLength(60);
    expect(await tokensOf(images, "hcloud_report_images")).toBeLessThanOrEqual(700);
  });
});

describe("tokens of a report over 500 images", () => {
  test.each<[what: string, images: Image[]]>([
    ["nightlies", [...nightlies(470, 40, NOON), ...byHand(16, NOON), ...backups(2, NOON)]],
    ["and backups", [...nightlies(300, 40, NOON), ...byHand(60, NOON), ...backups(20, NOON)]],
  ])("a report costs at most 1,200 tokens for 500 images of 40 servers: %s", async (_, images) => {
    expect(images).toHaveLength(500);
    expect(await tokensOf(images, "hcloud_report_images")).toBeLessThanOrEqual(1_200);
    const { data } = await (await start({ images })).call("hcloud_report_images");
    // Some MCP clients show no more.
    expect(String(data["summary"]).length).toBeLessThanOrEqual(110);
  });
});
