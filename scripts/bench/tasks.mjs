// Everyday tasks as an agent does them in one chat: how many calls, and how many tokens of results.
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { startSimulator } from "../simulator.mjs";
import { connectClient, textOf } from "./client.mjs";
import { createMixedImages } from "./large-projects.mjs";

/**
 * @typedef {Record<string, any>} Result
 * @typedef {(tool: string, args?: object) => Promise<Result>} Call
 */

/** @returns {Promise<import("./figures.mjs").Figure[]>} */
export async function measureTasks() {
  return [
    ...(await measureTasksOf("ten everyday tasks", tenTasks, {}, { calls: 18, tokens: 6_500 })),
    ...(await measureTasksOf(
      "eight tasks over 494 snapshots",
      eightTasks,
      { images: createMixedImages(494, 16) },
      { calls: 20, tokens: 15_000 },
    )),
  ];
}

/**
 * @param {string} what
 * @param {(call: Call) => Promise<void>} tasks
 * @param {object} options of the simulator
 * @param {{ calls: number, tokens: number }} aim
 * @returns {Promise<import("./figures.mjs").Figure[]>}
 */
async function measureTasksOf(what, tasks, options, aim) {
  const simulator = await startSimulator({ ...options, rateLimit: 100_000 });
  const client = await connectClient(simulator);
  const sum = { calls: 0, read: 0, written: 0 };
  await tasks(async (tool, args = {}) => {
    const result = await client.callTool({ name: `hcloud_${tool}`, arguments: { ...args } });
    sum.calls++;
    sum.read += countTokens(textOf(result));
    sum.written += countTokens(JSON.stringify(args));
    return /** @type {Result} */ (result.structuredContent);
  });
  await client.close();
  await simulator.close();
  return [
    { what: `${what}: calls`, unit: "calls", ours: sum.calls, aim: `≤ ${aim.calls}` },
    { what: `${what}: results`, unit: "tokens", ours: sum.read, aim: `≤ ${aim.tokens.toLocaleString("en")}` },
    { what: `${what}: arguments`, unit: "tokens", ours: sum.written },
  ];
}

/** @param {Call} call */
async function tenTasks(call) {
  // What do our snapshots cost, and where? Did any of them stop? The second question needs no call of its own.
  await call("report_images");
  // How much is older than half a year?
  await call("report_images", { older_than_days: 182 });
  // What did old-shop leave? Delete it.
  const left = await call("list_images", { server: ["old-shop"] });
  await callAndConfirm(call, "delete_image", { id: idsOf(left)[0] });
  // Clean up the old ones, and show me first.
  await planAndDelete(call, { older_than_days: 30, keep_last: 3 });
  // Label all of db-1. Make its newest backup permanent.
  const db = await call("list_images", { server: ["db-1"] });
  await call("edit_image_labels", { ids: idsOf(db), set: { team: "storage" } });
  const backups = rowsOf(db).filter(({ type }) => type === "backup");
  await callAndConfirm(call, "update_image", { id: backups.at(-1)?.["id"], type: "snapshot" });
  // Protect the newest of each server.
  const newest = await call("list_images", { newest_per_server: 1 });
  await call("change_image_protection", { ids: idsOf(newest), delete: true });
  // "golden web x86" is protected; delete it anyway.
  const golden = await call("list_images", { description_contains: "golden web x86" });
  const [id] = idsOf(golden);
  await callAndConfirm(call, "change_image_protection", { id, delete: false });
  await callAndConfirm(call, "delete_image", { id });
}

/** @param {Call} call */
async function eightTasks(call) {
  // What do our snapshots cost, and where?
  await call("report_images");
  // How much is older than half a year?
  await call("report_images", { older_than_days: 182 });
  // What is there of server-7? Label all of it.
  const seven = await call("list_images", { server: ["server-7"] });
  await call("edit_image_labels", { ids: idsOf(seven), set: { team: "storage" } });
  // Which ones were made by hand before an upgrade? Delete the oldest of them.
  const byHand = await call("list_images", { description_contains: "before upgrade", sort: ["created"] });
  await callAndConfirm(call, "delete_image", { id: idsOf(byHand)[0] });
  // Protect the newest of each server.
  const newest = await call("list_images", { newest_per_server: 1, per_page: 50 });
  await call("change_image_protection", { ids: idsOf(newest), delete: true });
  // Clean up the old ones, show me first, and keep those made by hand.
  await planAndDelete(
    call,
    { older_than_days: 90, keep_last: 3 },
    (plan) => plan["unusual"].unlike_its_group,
  );
  const kept = await call("list_images", { description_contains: "before upgrade", per_page: 1 });
  if (kept["total"] !== byHand["total"] - 1) throw new Error("snapshots made by hand were deleted");
}

/**
 * Makes a plan and deletes the images that it selects.
 * @param {Call} call
 * @param {object} policy
 * @param {(plan: Result) => number[]} keep returns ids of the plan to keep
 */
async function planAndDelete(call, policy, keep = () => []) {
  const plan = await call("plan_image_cleanup", policy);
  const except = keep(plan);
  let { confirm } = plan;
  let count = plan["to_delete"].images - except.length;
  for (let more = except.length > 0 ? { except } : {}; confirm; more = {}) {
    const result = await call("delete_images", { confirm, count, ...more });
    confirm = result["confirm"];
    count = result["remaining"];
  }
}

/** Calls once for the preview and once with its code. @param {Call} call @param {string} tool @param {object} args */
async function callAndConfirm(call, tool, args) {
  const { confirm } = await call(tool, args);
  const { status } = await call(tool, { ...args, confirm });
  if (status !== "done") throw new Error(`${tool} ended with ${status}`);
}

/** @param {Result} table */
const idsOf = (table) => rowsOf(table).map(({ id }) => Number(id));

/** @param {Result} table @returns {Record<string, unknown>[]} */
function rowsOf({ columns, rows, all }) {
  return rows.map((/** @type {unknown[]} */ row) => ({
    ...all,
    ...Object.fromEntries(
      columns.map((/** @type {string} */ name, /** @type {number} */ i) => [name, row[i]]),
    ),
  }));
}
