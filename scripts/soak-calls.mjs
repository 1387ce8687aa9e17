// The calls of the soak: all tools with previews and confirmations, errors, cancelled calls and a few faults.
import { snapshot } from "./snapshot.mjs";

/**
 * One of the concurrent callers, each with its own image.
 * @typedef {object} Worker
 * @property {Awaited<ReturnType<typeof import("./soak-server.mjs").startServer>>} server
 * @property {any} simulator
 * @property {ReturnType<typeof injectTrouble>} held
 * @property {() => number} random in [0, 1)
 * @property {number} number from 0
 */

const FIRST_ID = 900_000;
/** The first id of the images for which the API never responds. */
const FIRST_HELD_ID = 990_000;
/** Requests per fault, on average. */
const REQUESTS_PER_FAULT = 400;
const MAX_ACTIONS = 300;
/** Requests that the server has in flight at most. */
const MAX_IN_FLIGHT = 16;

const FAULTS = [
  { fault: "status", status: 503, code: "unavailable" },
  { fault: "status", status: 409, code: "conflict" },
  { fault: "rate_limited" },
  { fault: "reset" },
  { fault: "reset_in_body" },
  { fault: "truncated_json" },
  { fault: "html" },
  { fault: "empty_body" },
  { fault: "quote_token" },
];

/** Calls without a confirmation, for the worker's image and an action. @type {((id: number, action: number) => [string, object])[]} */
const SINGLE_CALLS = [
  () => ["hcloud_list_images", {}],
  () => ["hcloud_list_images", { type: "snapshot", sort: "created:desc", per_page: 50 }],
  () => ["hcloud_list_images", { label_selector: "env=prod,!keep" }],
  (id) => ["hcloud_get_image", { id }],
  () => ["hcloud_list_image_actions", {}],
  (id) => ["hcloud_list_actions_for_image", { id }],
  (_, action) => ["hcloud_get_image_action", { id: action }],
  (id, action) => ["hcloud_get_action_for_image", { id, action_id: action }],
  () => ["hcloud_report_images", { group_by: "server" }],
  () => ["hcloud_plan_image_cleanup", { older_than_days: 30, keep_last: 3 }],
  (id) => ["hcloud_wait_for_image", { id }],
  // Changes without a preview, because nothing is lost.
  (id) => ["hcloud_update_image", { id, description: "soaked again" }],
  (id) => ["hcloud_edit_image_labels", { ids: [id], set: { soaked: "" } }],
  // Previews that nobody confirms.
  (id) => ["hcloud_delete_image", { id }],
  (id) => ["hcloud_delete_images", { ids: [id, id + 1] }],
  (id) => ["hcloud_update_image", { id, labels: {} }],
  // Errors.
  () => ["hcloud_get_image", { id: 1 }],
  () => ["hcloud_get_image", { id: "one" }],
  () => ["hcloud_delete_image", { id: 1, confirm: "made-up" }],
  (id) => ["hcloud_delete_images", { ids: [id], confirm: "made-up" }],
  (id) => ["hcloud_edit_image_labels", { ids: [id], set: { "not a key": "" } }],
  () => ["hcloud_no_such_tool", {}],
];

/** Calls that return a preview and are then confirmed. @type {((id: number) => [string, object])[]} */
const CONFIRMED_CALLS = [
  (id) => ["hcloud_update_image", { id, labels: { env: "staging" } }],
  (id) => ["hcloud_edit_image_labels", { ids: [id], set: { env: "staging" } }],
  (id) => ["hcloud_edit_image_labels", { ids: [id], remove: ["env"] }],
  (id) => ["hcloud_delete_image", { id }],
  (id) => ["hcloud_delete_images", { ids: [id] }],
  (id) => ["hcloud_change_image_protection", { id, delete: false }],
];

/** @type {[string, object][]} */
const OTHER_REQUESTS = [
  ["tools/list", {}],
  ["prompts/list", {}],
  ["prompts/get", { name: "clean_up_snapshots", arguments: { keep_last: "3" } }],
  ["resources/read", { uri: "hcloud://images" }],
  ["resources/read", { uri: "hcloud://images/1" }],
  ["ping", {}],
  ["no/such/method", {}],
];

/** Makes one call, or a preview and its confirmation. @param {Worker} worker */
export async function callOnce(worker) {
  const { server, simulator, random, number } = worker;
  const id = FIRST_ID + number;
  const kind = random();
  if (kind < 0.03) await cancelOne(worker);
  else if (kind < 0.08) await server.request(...pick(OTHER_REQUESTS, random)).answer;
  else if (kind < 0.9)
    await server.call(...pick(SINGLE_CALLS, random)(id, [...simulator.state.actions.keys()].at(-1)));
  else {
    const [tool, args] = pick(CONFIRMED_CALLS, random)(id);
    const image = { ...createImage(number), protection: { delete: tool.endsWith("protection") } };
    simulator.state.images.set(id, image);
    const confirm = (await server.call(tool, args))?.structuredContent?.confirm;
    if (confirm) await server.call(tool, { ...args, confirm });
    simulator.state.images.set(id, createImage(number));
    pruneActions(simulator.state.actions);
  }
}

/** Cancels a call that has reached the API. Returns the time until its connection ends, in ms. @param {Worker} worker */
export async function cancelOne({ server, held, number }) {
  const image = FIRST_HELD_ID + number;
  const [there, isThere] = createSignal();
  const [cut, isCut] = createSignal();
  held.set(image, { there: isThere, cut: isCut });
  const { id } = server.request("tools/call", { name: "hcloud_get_image", arguments: { id: image } });
  await there;
  const began = performance.now();
  server.cancel(id);
  await cut;
  return performance.now() - began;
}

/**
 * Makes calls for which the API never responds, and waits until {@link MAX_IN_FLIGHT} requests are at the API.
 * @param {Pick<Worker, "server" | "held">} worker
 * @param {number} calls
 */
export async function holdCalls({ server, held }, calls) {
  const [full, isFull] = createSignal();
  let there = 0;
  for (let number = 0; number < calls; number++) {
    held.set(FIRST_HELD_ID + number, {
      there: () => ++there === MAX_IN_FLIGHT && isFull(),
      cut: () => undefined,
    });
    server.request("tools/call", { name: "hcloud_get_image", arguments: { id: FIRST_HELD_ID + number } });
  }
  await full;
}

/**
 * Lets a few requests fail and holds the requests that the soak cancels. Returns the held requests.
 * @param {any} simulator
 * @param {() => number} random
 */
export function injectTrouble(simulator, random) {
  /**
   * Callbacks by image id, for the arrival of the request and the end of its connection.
   * @type {Map<number, { there(): void, cut(): void }>}
   */
  const held = new Map();
  const faults = FAULTS.map((rule) => {
    simulator.inject([rule]);
    return simulator.intercept;
  });
  simulator.intercept = (
    /** @type {any} */ request,
    /** @type {any} */ response,
    /** @type {any} */ apply,
  ) => {
    const waiting = held.get(Number(request.path.split("/")[2]));
    if (waiting) {
      response.once("close", waiting.cut);
      waiting.there();
      return "handled";
    }
    if (random() * REQUESTS_PER_FAULT >= 1) return undefined;
    return pick(faults, random)(request, response, apply);
  };
  return held;
}

/** Creates the snapshot of a worker, which no other worker changes. */
export function createImage(/** @type {number} */ worker) {
  return snapshot(FIRST_ID + worker, { description: `soaked by ${worker}` });
}

/** Deletes old actions, because the project would grow with every change of protection. @param {Map<number, unknown>} actions */
function pruneActions(actions) {
  for (const id of actions.keys()) {
    if (actions.size <= MAX_ACTIONS) return;
    actions.delete(id);
  }
}

/** @template T @param {readonly T[]} list @param {() => number} random @returns {T} */
function pick(list, random) {
  return /** @type {T} */ (list[Math.floor(random() * list.length)]);
}

/** Creates a promise and the function that resolves it. @returns {[Promise<void>, () => void]} */
function createSignal() {
  /** @type {() => void} */
  let resolve = () => undefined;
  const promise = new Promise((/** @type {(value: void) => void} */ done) => {
    resolve = done;
  });
  return [promise, resolve];
}
