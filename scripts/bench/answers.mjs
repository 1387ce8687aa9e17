// Sizes of what a model reads: bytes, and tokens of the encoding o200k.
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { startSimulator } from "../simulator.mjs";
import { connectClient, textOf } from "./client.mjs";
import { createImages } from "./large-projects.mjs";
import { backups, byHand, nightlies, packerBuilds } from "./realistic-projects.mjs";

/** Tools that are one operation of the API; each of the others uses several operations. */
const OPERATIONS = new Set([
  "hcloud_list_images",
  "hcloud_get_image",
  "hcloud_update_image",
  "hcloud_delete_image",
  "hcloud_change_image_protection",
  "hcloud_list_image_actions",
  "hcloud_get_image_action",
  "hcloud_list_actions_for_image",
  "hcloud_get_action_for_image",
]);

const ID = 362118904;

/** @returns {Promise<import("./figures.mjs").Figure[]>} */
export async function measureAnswers() {
  return [
    ...(await measureDemoProject()),
    ...(await measureLists()),
    ...(await measureReports()),
    ...(await measurePlanResult()),
  ];
}

async function measureDemoProject() {
  const simulator = await startSimulator();
  const client = await connectClient(simulator);
  const { tools } = await client.listTools();
  const nine = tools.filter(({ name }) => OPERATIONS.has(name));
  const list = await client.callTool({ name: "hcloud_list_images", arguments: { type: "snapshot" } });
  const image = await client.callTool({ name: "hcloud_get_image", arguments: { id: ID } });
  const replies = {
    list: await fetchText(simulator, "/images?type=snapshot&per_page=25"),
    image: await fetchText(simulator, `/images/${ID}`),
  };
  await client.close();
  await simulator.close();
  return [
    ...measureSizes(`tools/list, all ${tools.length}`, JSON.stringify({ tools }), undefined, "< 4,900"),
    ...measureSizes(
      `tools/list, the ${nine.length} operations`,
      JSON.stringify({ tools: nine }),
      undefined,
      "< 3,000",
    ),
    ...measureSizes("a list of 25 snapshots", textOf(list), replies.list, "≤ 1,350"),
    ...measureSizes("one image", textOf(image), replies.image),
  ];
}

async function measureLists() {
  const now = Date.now();
  const projects = {
    "nightlies of 10 servers": nightlies(60, 10, now),
    "built by Packer": packerBuilds(60, now),
    "made by hand": byHand(60, now),
  };
  const figures = [];
  for (const [what, images] of Object.entries(projects)) {
    const args = { type: "snapshot", sort: "created:desc" };
    const text = await callTool(images, "hcloud_list_images", args);
    figures.push(...measureSizes(`25 snapshots with 3 labels each, ${what}`, text, undefined, "≤ 1,350"));
  }
  return figures;
}

async function measureReports() {
  const now = Date.now();
  const few = [...nightlies(40, 8, now), ...byHand(6, now), ...backups(2, now)];
  const many = [...nightlies(300, 40, now), ...byHand(60, now), ...backups(20, now)];
  return [
    ...measureSizes(
      "a report on 60 images",
      await callTool(few, "hcloud_report_images", {}),
      undefined,
      "≤ 700",
    ),
    ...measureSizes(
      "a report on 500 images",
      await callTool(many, "hcloud_report_images", {}),
      undefined,
      "≤ 1,200",
    ),
  ];
}

/**
 * @param {import("../../src/hcloud/types.ts").Image[]} images
 * @param {string} name @param {Record<string, unknown>} args
 */
async function callTool(images, name, args) {
  const simulator = await startSimulator({ images });
  const client = await connectClient(simulator);
  const text = textOf(await client.callTool({ name, arguments: args }));
  await client.close();
  await simulator.close();
  return text;
}

async function measurePlanResult() {
  const images = createImages(500, 100);
  const simulator = await startSimulator({ images });
  const client = await connectClient(simulator);
  const plan = await client.callTool({
    name: "hcloud_plan_image_cleanup",
    arguments: { older_than_days: 200, keep_last: 3 },
  });
  let pages = "";
  for (let page = 1; page <= 10; page++) {
    pages += await fetchText(simulator, `/images?type=snapshot&per_page=50&page=${page}`);
  }
  await client.close();
  await simulator.close();
  return measureSizes("a cleanup plan over 500 snapshots, 100 to delete", textOf(plan), pages, "≤ 2,500");
}

/**
 * @param {string} what
 * @param {string} text
 * @param {string} [reply] the API's response to the same request
 * @param {string} [aim] target in tokens
 * @returns {import("./figures.mjs").Figure[]}
 */
function measureSizes(what, text, reply, aim) {
  const against = "the API's own reply";
  const beside = (/** @type {(text: string) => number} */ size) =>
    reply === undefined ? {} : { baseline: size(reply), against };
  return [
    { what, unit: "bytes", ours: Buffer.byteLength(text), ...beside(Buffer.byteLength) },
    { what, unit: "tokens", ours: countTokens(text), ...beside(countTokens), ...(aim && { aim }) },
  ];
}

/** @param {{ endpoint: string, token: string }} simulator @param {string} path */
async function fetchText({ endpoint, token }, path) {
  const reply = await fetch(endpoint + path, { headers: { authorization: `Bearer ${token}` } });
  return reply.text();
}
