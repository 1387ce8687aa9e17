/** Untrusted text in an API error: quoted in a sentence that does not change. */

import { expect, test } from "vitest";
import type { Intercept } from "../../src/simulator/http.ts";
import { answering, type Fault, question, recordMessages, start } from "../support/answers.ts";
import { EVERY_IMAGE, many } from "../support/cleanup.ts";
import type { Harness } from "../support/harness.ts";
import { HOSTILE_TEXTS } from "../support/hostile-text.ts";
import { expectSeen, HARMLESS, textsIn, unquoted } from "../support/inert.ts";

/** Characters of the longest sentence: at most 300 untrusted ones, each of two units, and our own. */
const LONGEST_SENTENCE = 1_200;

const TOOLS: [tool: string, args: Record<string, unknown>][] = [
  ["hcloud_plan_image_cleanup", EVERY_IMAGE],
  ["hcloud_delete_images", { ids: [1001, 1002] }],
  ["hcloud_bin_images", { ids: [1001, 1002] }],
  ["hcloud_restore_images", { ids: [1001, 1002] }],
  ["hcloud_edit_image_labels", { ids: [1001, 1002], set: { a: "b" } }],
  ["hcloud_report_images", {}],
  ["hcloud_wait_for_image", { id: 1001 }],
  ["hcloud_list_images", {}],
  ["hcloud_get_image", { id: 1001 }],
  ["hcloud_update_image", { id: 1001, description: "x" }],
  ["hcloud_delete_image", { id: 1001 }],
  ["hcloud_change_image_protection", { id: 1001, delete: true }],
  ["hcloud_list_image_actions", {}],
  ["hcloud_get_image_action", { id: 1 }],
  ["hcloud_list_actions_for_image", { id: 1001 }],
  ["hcloud_get_action_for_image", { id: 1001, action_id: 1 }],
];

const IMAGES = many(2);

const counted = { places: 0, sentences: 0, longest: 0 };

/** The ways in which the API can bring such a text in; the header has what a header can hold of it. */
function faults(text: string): Fault[] {
  const headers = { "X-Correlation-Id": `id ${text.replace(/[^ -~\x80-\xff]/g, "?").slice(0, 200)}` };
  const fields = [
    { name: text, messages: [text, text] },
    { name: `labels[${text}]`, messages: [] },
  ];
  return [
    { status: 422, body: { error: { code: "invalid_input", message: text, details: { fields } } }, headers },
    { status: 422, body: { error: { code: `${text} `, message: text } }, headers },
    {
      status: 200,
      body: { image: { id: text }, images: [text], actions: [{ id: text }], action: text },
      headers,
    },
  ];
}

/** Every sentence with which the calls fail, in one order; `failing` says which requests meet the fault. */
async function tell({ call, simulator }: Harness, text: string): Promise<string[]> {
  const told: string[] = [];
  const meet = async (method: string, fault: Fault, tool: string, args: Record<string, unknown>) => {
    simulator.intercept = answering(method, "/", fault);
    const answer = await call(tool, args);
    simulator.intercept = undefined;
    for (const image of IMAGES) simulator.state.images.set(image.id, image);
    simulator.state.actions.clear();
    told.push(
      ...(answer.isError ? [answer.text] : [...textsIn(answer.data)].filter((said) => said.includes(" "))),
    );
  };
  for (const fault of faults(text)) {
    for (const [tool, args] of TOOLS) await meet("GET", fault, tool, args);
    await meet("PUT", fault, "hcloud_update_image", { id: 1001, description: text });
    await meet("PUT", fault, "hcloud_edit_image_labels", { ids: [1001, 1002], set: { a: "b" } });
    await meet("PUT", fault, "hcloud_bin_images", { ids: [1001, 1002], hide: true });
    await meet("POST", fault, "hcloud_change_image_protection", { id: 1001, delete: true });
    for (const [tool, args] of [
      ["hcloud_delete_image", { id: 1001 }],
      ["hcloud_delete_images", { ids: [1001, 1002] }],
    ] as const) {
      const { confirm } = question(await call(tool, args));
      await meet("DELETE", fault, tool, { ...args, confirm });
    }
  }
  simulator.intercept = failedAction(text);
  told.push((await call("hcloud_change_image_protection", { id: 1001, delete: true })).text);
  return told;
}

/** Protection ends with an error of such words. */
const failedAction = (text: string): Intercept => {
  const action = {
    id: 9,
    command: text,
    status: "error",
    progress: 100,
    error: { code: text, message: text },
  };
  return answering("POST", "/", { status: 201, body: { action } });
};

let harmless: string[] | undefined;

test.each(Object.entries(HOSTILE_TEXTS))(
  "%s is quoted, and the sentence around it is the server's own",
  async (_, text) => {
    harmless ??= (await tell(await start({ images: IMAGES, rateLimit: 1_000_000 }), HARMLESS)).map(unquoted);
    const harness = await start({ images: IMAGES, rateLimit: 1_000_000 });
    const heard = recordMessages(harness);
    const told = await tell(harness, text);

    expect(told.map(unquoted)).toEqual(harmless);
    for (const message of heard) expectSeen(message);
    for (const sentence of told) counted.longest = Math.max(counted.longest, sentence.length);
    counted.sentences += told.length;
    counted.places += told.filter((sentence, i) => sentence !== harmless?.[i]).length;
    expect(harness.simulator.state.images.size).toBe(2);
  },
);

test("no hostile API message leaves the quotation marks of its sentence", ({ task }) => {
  const { sentences, places, longest } = counted;
  expect(places).toBeGreaterThan(1_000);
  expect(longest).toBeLessThan(LONGEST_SENTENCE);
  task.meta.figures = {
    "sentences about failures with hostile texts": sentences,
    "of which quote them": places,
  };
});
