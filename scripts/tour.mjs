// The long demo of the simulated project (npm run demo -- --all): every kind of call, with its whole result.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { formatResult } from "./result-text.mjs";

const paint = (/** @type {number} */ code) => (/** @type {string} */ text) =>
  process.stdout.isTTY ? `\x1b[${code}m${text}\x1b[0m` : text;
const [bold, dim, cyan] = [paint(1), paint(2), paint(36)];

const client = new Client({ name: "demo", version: "1" });
await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: ["dist/index.js", "--demo"],
    stderr: "ignore",
  }),
);
console.log(bold(client.getServerVersion()?.title ?? ""));

let step = 0;
const say = (/** @type {string} */ text) => console.log(`\n${bold(`${++step}. ${text}`)}`);

/**
 * Calls a tool and prints the call and its result.
 * @param {string} name
 * @param {Record<string, unknown>} args
 * @returns {Promise<any>} the structured content; undefined if the call failed
 */
async function call(name, args) {
  console.log(cyan(`   ${name} ${JSON.stringify(args)}`));
  const result = await client.callTool({ name, arguments: args });
  const data = /** @type {any} */ (result.structuredContent);
  const [text] = /** @type {{ text: string }[]} */ (result.content);
  show(result.isError ? `refused: ${text?.text}` : formatResult(data));
  return data;
}

/** @param {string} text */
function show(text) {
  for (const line of text.split("\n")) console.log(dim(`   ${line}`));
}

say("What is there? The newest five snapshots.");
const before = await call("hcloud_list_images", { type: "snapshot", sort: "created:desc", per_page: 5 });

say("Which staging snapshots may go? Not those labelled keep; the oldest first.");
const staging = await call("hcloud_list_images", {
  label_selector: "env=staging,!keep",
  sort: "created:asc",
});
const [oldest] = staging.rows[0];

say("A look at the oldest.");
const image = await call("hcloud_get_image", { id: oldest });

say("Mark it: every old label is sent along, so nothing is lost and nothing is asked.");
await call("hcloud_update_image", { id: oldest, labels: { ...image.labels, cleanup: "candidate" } });

say("Had the old labels been forgotten, the server would have asked first.");
await call("hcloud_update_image", { id: oldest, labels: { cleanup: "candidate" } });

say("Delete it? Without a code nothing is deleted: this is the preview a person reads.");
const preview = await call("hcloud_delete_image", { id: oldest });

say("The person agrees: the same call with the code.");
await call("hcloud_delete_image", { id: oldest, confirm: preview.confirm });

say("A golden image is protected: deleting it is refused, code or no code.");
const golden = await call("hcloud_list_images", { label_selector: "role=golden", architecture: "x86" });
const [protectedId] = golden.rows[0];
await call("hcloud_delete_image", { id: protectedId });

say("Lifting the protection passes a gate of its own.");
const lift = await call("hcloud_change_image_protection", { id: protectedId, delete: false });
await call("hcloud_change_image_protection", { id: protectedId, delete: false, confirm: lift.confirm });

say("It was only a demonstration: protect it again. Nothing can be lost, so nothing is asked.");
await call("hcloud_change_image_protection", { id: protectedId, delete: true });

say("The list is one shorter.");
const after = await call("hcloud_list_images", { type: "snapshot", sort: "created:desc", per_page: 1 });

say("Now the whole project. What is there, by server, and what does it cost?");
await call("hcloud_report_images", { group_by: "server" });

say(
  "Clean up the old ones, keep the last three of each server and whatever is marked keep, and show me first.",
);
const plan = await call("hcloud_plan_image_cleanup", { older_than_days: 30, keep_last: 3 });

say("The person agreed to another number than the plan's: nothing is deleted.");
await call("hcloud_delete_images", { confirm: plan.confirm, count: plan.to_delete.images + 1 });

say("The person agrees to exactly this plan.");
const cleanup = await call("hcloud_delete_images", { confirm: plan.confirm, count: plan.to_delete.images });

say("The same policy finds nothing more to do.");
const nothing = await call("hcloud_plan_image_cleanup", { older_than_days: 30, keep_last: 3 });

say(
  "Not sure yet? Then to the recycle bin for a week, hidden from whatever selects images by label. Nothing is lost or asked.",
);
const rest = await call("hcloud_plan_image_cleanup", { older_than_days: 30, keep_last: 2 });
const bin = await call("hcloud_bin_images", { plan: rest.confirm, count: rest.total, days: 7, hide: true });

say("What is in the bin is billed until it is deleted; no plan selects it before its day has passed.");
await call("hcloud_list_images", { label_selector: "bin/due" });
const due = await call("hcloud_plan_image_cleanup", { bin: "due" });

say("Something is missing them? Each gets its labels back.");
const restored = await call("hcloud_restore_images", { ids: bin.binned });

const { net, currency } = cleanup.saves_per_month;
console.log(
  `\n${bold(`One snapshot was deleted after one yes, ${cleanup.deleted.length} more after another: ${net} ${currency} (net) saved a month.`)}`,
);

await client.close();
const told =
  after.total === before.total - 1 &&
  cleanup.deleted.length === plan.to_delete.images &&
  nothing.total === 0 &&
  due.total === 0 &&
  bin.binned.length > 0 &&
  restored.restored.length === bin.binned.length;
if (!told) process.exitCode = 1;
