// A clean-up of the simulated project in about 40 lines: an MCP client starts the built server over stdio and shows the form.
// On a terminal, the demo waits for Enter and for the choice; elsewhere it continues and agrees by itself.
import { createInterface } from "node:readline/promises";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { formatTable, shorten } from "./result-text.mjs";

if (process.argv.includes("--all")) {
  await import("./tour.mjs");
  process.exit();
}
if (process.argv.includes("--page")) {
  await import("./page-demo.mjs");
  await new Promise(() => undefined);
}

const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
const columns = Math.max(40, isTerminal ? process.stdout.columns || 80 : 80);
const isColored = !process.env["NO_COLOR"] && (isTerminal || process.env["FORCE_COLOR"]);
const paint = (/** @type {number} */ code) => (/** @type {string} */ text) =>
  isColored ? `\x1b[${code}m${text}\x1b[0m` : text;
const [bold, green, yellow] = [paint(1), paint(32), paint(33)];
const terminal = isTerminal ? createInterface({ input: process.stdin, output: process.stdout }) : null;

/** Prints lines, each cut to the width of the terminal. @param {string} text */
const show = (text, color = (/** @type {string} */ line) => line) => {
  for (const line of text.split("\n")) console.log(color(`  ${shorten(line, columns - 2)}`));
};

/** Prints a sentence, wrapped to the width of the terminal. @param {string} text */
const write = (text, color = (/** @type {string} */ line) => line) => {
  const lines = text.match(new RegExp(`(?:\\S.{0,${columns - 3}})(?=\\s|$)`, "g")) ?? [];
  show(lines.join("\n"), color);
};

/** Prints a heading, on a terminal after Enter. @param {string} text */
async function say(text) {
  if (terminal) await terminal.question("  (Enter)");
  console.log(`\n${bold(text)}`);
}

/** Delay before the demo agrees, in ms: the server ignores an answer that comes within a second. */
const READING_MS = 1_200;

const client = new Client({ name: "demo", version: "1" }, { capabilities: { elicitation: {} } });
client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
  const { message, requestedSchema } = /** @type {any} */ (params);
  const options = requestedSchema.properties.choice.oneOf;
  show(message, yellow);
  options.forEach((/** @type {{ title: string }} */ { title }, /** @type {number} */ i) => {
    show(`${i + 1}  ${title}`);
  });
  if (!terminal) await delay(READING_MS);
  const number = terminal ? await terminal.question("  Your choice: ") : "2";
  if (!terminal) show(`Your choice: ${number}`);
  const chosen = options[Number(number) - 1];
  return chosen ? { action: "accept", content: { choice: chosen.const } } : { action: "cancel" };
});
await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: ["dist/index.js", "--demo"],
    stderr: "ignore",
  }),
);

/**
 * @param {string} name
 * @param {Record<string, unknown>} args
 * @returns {Promise<any>} the structured content, or the error sentence
 */
async function call(name, args = {}) {
  const options = { timeout: 10 * 60_000 };
  const result = await client.callTool({ name, arguments: args }, undefined, options);
  const [text] = /** @type {{ text: string }[]} */ (result.content);
  return result.isError ? text?.text : result.structuredContent;
}

console.log(bold("hcloud-images-mcp on a simulated project: no real image is read or changed."));
console.log(`\n${bold('"What do our images cost?"')}`);
const before = await call("hcloud_report_images");
write(before.summary);
show(
  formatTable(
    ["server", "snapshots", "GB", "a month"],
    before.groups.rows
      .slice(0, 4)
      .map((/** @type {any[]} */ [server, snapshots, gb, net]) => [server, snapshots, gb, net]),
  ),
);

await say('"Clean up the old ones, keep the last three of each server, and show me first."');
const plan = await call("hcloud_plan_image_cleanup", { keep_last: 3 });
write(plan.summary);
const at = (/** @type {string} */ name) => plan.columns.indexOf(name);
show(
  formatTable(
    ["id", "description", "server", "created", "GB", "rank"],
    plan.rows.map((/** @type {any[]} */ row) => [
      row[at("id")],
      row[at("description")],
      row[at("server")].replace(/ \(\d+\)$/, ""),
      row[at("created")].slice(0, 10),
      row[at("image_size")],
      row[at("rank")],
    ]),
  ),
);
const kept = Object.entries(plan.kept).map(([why, images]) => `${images} ${why}`);
write(`Kept: ${kept.join(", ")}.`);

await say("The server asks you itself; nothing that a model says counts as your yes.");
const done = await call("hcloud_delete_images", { confirm: plan.confirm, count: plan.total });
const isDone = done.status === "done";
await say(isDone ? "After your yes, each image was read again, and deleted:" : "Without your yes:");
write(done.summary ?? done, isDone ? green : undefined);
const more = await call("hcloud_plan_image_cleanup", { keep_last: 2 });
const moved = await call("hcloud_bin_images", { plan: more.confirm, count: more.total });
write(`Not sure of others? ${moved.summary ?? moved}`);

await say('"And delete the golden image."');
const [[golden]] = (await call("hcloud_list_images", { label_selector: "role=golden" })).rows;
const refused = await call("hcloud_delete_image", { id: golden });
const [, happened, code] = /^(.*?\.) .*(\(\w+\))$/.exec(refused) ?? [];
write(`${happened} ${code}`, yellow);

console.log(`\n${bold("More:")} npm run demo -- --all (every kind of call), --page (the page in the chat)`);
terminal?.close();
await client.close();
const isAsTold =
  done.deleted?.length === plan.total && moved.binned?.length === more.total && code === "(protected)";
if (!terminal && !isAsTold) process.exitCode = 1;
