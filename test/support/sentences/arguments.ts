/** Arguments that the server refuses before any request, one call for each mistake. */

import { start } from "../answers.ts";
import { BIN } from "../bin.ts";
import { DELETE, PLAN } from "../cleanup.ts";
import { EDIT, PROTECT, UPDATE } from "../forms-cases.ts";
import { type ErrorSentence, readError } from "./error-sentence.ts";

const GET = "hcloud_get_image";
const LIST = "hcloud_list_images";
const WAIT = "hcloud_wait_for_image";

const BACKUPS = { type: "backup" };
const NEWEST = { newest_per_server: 1 };

const CALLS: [tool: string, args: object][] = [
  // Types and ranges.
  [GET, {}],
  [GET, { id: "x" }],
  [GET, { id: 0 }],
  [GET, { id: 1.5 }],
  [GET, { id: [1, 2] }],
  [GET, { id: nested(20_000) }],
  [GET, { id: 1, ids: [1] }],
  [GET, { id: 1, colour: "blue" }],
  [LIST, { type: ["disk"] }],
  [LIST, { type: [] }],
  [LIST, { type: Array(1_001).fill("disk") }],
  [LIST, { sort: ["size"] }],
  [PLAN, { name: "web-1" }],
  [LIST, { limit: 5 }],
  [LIST, { page: 0 }],
  [LIST, { per_page: 51 }],
  [LIST, { older_than_days: 0 }],
  [LIST, { created_before: "2026-02-30" }],
  [LIST, { server: ["a b"] }],
  [LIST, { server: [""] }],
  [LIST, { server: [5.5] }],
  [LIST, { description_contains: 5 }],
  [UPDATE, { id: 1, description: 5 }],
  [UPDATE, { id: 1, type: "backup" }],
  [PROTECT, { id: 1, delete: "off" }],
  [DELETE, { ids: "web-1" }],
  [DELETE, { ids: [7, 8, 7] }],
  [DELETE, { ids: Array.from({ length: 101 }, (_, i) => i + 1) }],
  [DELETE, { ids: Array.from({ length: 30 }, (_, i) => `image ${i}`) }],
  [DELETE, { ids: [1], confirm: 5 }],
  // Labels and label selectors.
  [UPDATE, { id: 1, labels: 5 }],
  [UPDATE, { id: 1, labels: { "-env": "prod" } }],
  [UPDATE, { id: 1, labels: { "-/env": "prod" } }],
  [UPDATE, { id: 1, labels: { env: "-prod" } }],
  [UPDATE, { id: 1, labels: JSON.parse('{"__proto__": "prod"}') }],
  [EDIT, { ids: [1], remove: ["-env"] }],
  [LIST, { label_selector: 5 }],
  [LIST, { label_selector: "env,," }],
  [LIST, { label_selector: "env," }],
  [LIST, { label_selector: "\u200benv" }],
  [LIST, { label_selector: "-env" }],
  [LIST, { label_selector: "env=-prod" }],
  [LIST, { label_selector: "env in prod" }],
  [LIST, { label_selector: "env in (prod" }],
  [LIST, { label_selector: "env is prod" }],
  [LIST, { label_selector: "env=prod;app" }],
  [PLAN, { group_by: "age" }],
  [PLAN, { group_by: "label:-env" }],
  // Arguments that do not go together.
  [LIST, { bound_to: [42], type: "snapshot" }],
  [LIST, { ...NEWEST, ...BACKUPS }],
  [LIST, { ...NEWEST, older_than_days: 1 }],
  [LIST, { ...NEWEST, bound_to: [42] }],
  [LIST, { ...NEWEST, status: "creating" }],
  [UPDATE, { id: 1 }],
  [EDIT, { ids: [1] }],
  [EDIT, { ids: [1], set: { env: "prod" }, remove: ["env"] }],
  [PROTECT, { id: 1, ids: [1], delete: true }],
  [DELETE, { ids: [1, 2], count: 3 }],
  [DELETE, { ids: [1], except: [2] }],
  [PLAN, {}],
  [PLAN, { plan: "x", keep_last: 1 }],
  [PLAN, { page: 2, keep_last: 1 }],
  [PLAN, { ids: [1], keep_last: 1 }],
  [PLAN, { policy: "nightly", keep_last: 1 }],
  [PLAN, { keep_last: 1, allow_empty_groups: true }],
  [PLAN, { bin: "due", keep_daily: 7 }],
  [PLAN, { bin: "all" }],
  [PLAN, { policy: ["a", "b"] }],
  [WAIT, {}],
  [BIN, { days: 7 }],
  [BIN, { ids: [1, 2], count: 1 }],
  [BIN, { plan: "x" }],
  [BIN, { ids: [1], days: 91 }],
  [BIN, { ids: [1], hide: "x" }],
];

export async function collectArgumentErrors(): Promise<ErrorSentence[]> {
  const { call, simulator } = await start();
  const said: ErrorSentence[] = [];
  for (const [tool, args] of CALLS) said.push(readError(tool, await call(tool, { ...args })));
  if (simulator.requests.length > 0) throw new Error("something was sent");
  return said;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}
