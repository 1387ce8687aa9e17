// A plan over a large project: its requests, time, memory and tokens, and the deletion of what it selects.
import { readFileSync } from "node:fs";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { startSimulator } from "../simulator.mjs";
import { connectClient, textOf } from "./client.mjs";
import { createImages } from "./large-projects.mjs";

const SNAPSHOTS = 10_000;
const TO_DELETE = 500;
const NEEDED_PAGES = SNAPSHOTS / 50;

/** @returns {Promise<import("./figures.mjs").Figure[]>} */
export async function measurePlan() {
  const simulator = await startSimulator({ images: createImages(SNAPSHOTS, TO_DELETE), rateLimit: 100_000 });
  const client = await connectClient(simulator);
  await client.callTool({ name: "hcloud_get_image", arguments: { id: 400_000_000 } });
  const before = peakMegabytes(client);
  const began = performance.now();
  const plan = await client.callTool({
    name: "hcloud_plan_image_cleanup",
    arguments: { older_than_days: 200, keep_last: 3 },
  });
  const took = performance.now() - began;
  const peak = peakMegabytes(client);
  const pages = simulator.requests.filter(
    (/** @type {any} */ { path, query }) => path === "/images" && query.length > 0,
  );
  const planned = simulator.requests.length;
  const { confirm, to_delete } = /** @type {{ confirm: string, to_delete: { images: number } }} */ (
    plan.structuredContent
  );
  const deleting = performance.now();
  const deleted = await deleteAll(client, confirm, to_delete.images);
  const delete_ms = performance.now() - deleting;
  const requests = simulator.requests.length - planned;
  await client.close();
  const reading = performance.now();
  for (const { rawUrl } of pages) await fetchPage(simulator, rawUrl);
  const read_ms = performance.now() - reading;
  await simulator.close();

  const what = `a plan over ${SNAPSHOTS.toLocaleString("en")} snapshots`;
  const distinct = new Set(pages.map((/** @type {any} */ { rawUrl }) => rawUrl)).size;
  return [
    {
      what: `${what}: images to delete`,
      unit: "images",
      ours: to_delete.images,
      baseline: TO_DELETE,
      against: "as made",
    },
    {
      what: `${what}: pages read`,
      unit: "requests",
      ours: pages.length,
      baseline: NEEDED_PAGES,
      against: "needed at 50 a page",
    },
    {
      what: `${what}: different pages among them`,
      unit: "requests",
      ours: distinct,
      baseline: NEEDED_PAGES,
      against: "needed at 50 a page",
    },
    {
      what: `${what}: time`,
      unit: "ms",
      ours: took,
      baseline: read_ms,
      against: "fetching these pages, one by one",
    },
    { what: `${what}: text`, unit: "tokens", ours: countTokens(textOf(plan)), aim: "< 2,500" },
    {
      what: `${what}: images deleted`,
      unit: "images",
      ours: deleted,
      baseline: TO_DELETE,
      against: "as made",
    },
    {
      what: `${what}: requests to delete them, policy applied again`,
      unit: "requests",
      ours: requests,
      baseline: NEEDED_PAGES + 2 * TO_DELETE,
      against: "a list, and a read and a DELETE each",
      aim: "≤ 2,000",
    },
    { what: `${what}: time to delete them`, unit: "ms", ours: delete_ms },
    {
      what: `${what}: peak memory`,
      unit: "MB",
      ours: peak,
      baseline: before,
      against: "the peak before",
    },
  ];
}

/**
 * Deletes the images, with the code of each incomplete result for the next call. Returns how many were deleted.
 * @param {Awaited<ReturnType<typeof connectClient>>} client
 * @param {string | undefined} confirm
 * @param {number} count
 */
async function deleteAll(client, confirm, count) {
  let deleted = 0;
  for (let left = count; confirm !== undefined; ) {
    const result = await client.callTool({
      name: "hcloud_delete_images",
      arguments: { confirm, count: left },
    });
    const answer = /** @type {{ deleted: number[], remaining?: number, confirm?: string }} */ (
      result.structuredContent
    );
    deleted += answer.deleted.length;
    left = answer.remaining ?? 0;
    confirm = answer.confirm;
  }
  return deleted;
}

/** @param {{ endpoint: string, token: string }} simulator @param {string} url */
async function fetchPage({ endpoint, token }, url) {
  const reply = await fetch(new URL(url, endpoint), { headers: { authorization: `Bearer ${token}` } });
  return reply.json();
}

/** Returns the server's peak resident memory in MB; NaN without /proc. @param {Awaited<ReturnType<typeof connectClient>>} client */
function peakMegabytes(client) {
  const { pid } = /** @type {import("@modelcontextprotocol/sdk/client/stdio.js").StdioClientTransport} */ (
    client.transport
  );
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kilobytes) / 1024;
  } catch {
    return Number.NaN;
  }
}
