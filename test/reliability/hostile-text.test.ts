/** Untrusted text in every field of the API, and how each result shows it. */

import { expect, test } from "vitest";
import { createAudit } from "../../src/call/audit.ts";
import type { Image } from "../../src/hcloud/types.ts";
import { failure, question, recordMessages, start } from "../support/answers.ts";
import { EVERY_IMAGE } from "../support/cleanup.ts";
import type { Harness } from "../support/harness.ts";
import { HOSTILE_TEXTS } from "../support/hostile-text.ts";
import { expectAlike, expectInert, expectSeen, HARMLESS, textsIn, unquoted } from "../support/inert.ts";
import { snapshot } from "../support/random-images.ts";

/** Characters of the longest answer, however long the texts behind it are. */
const LONGEST_ANSWER = 40_000;

const counted = { texts: 0, places: 0, answers: 0, events: 0 };

/** Every kind of image, with the text wherever an image has any. */
function project(text: string): Image[] {
  const source = { created_from: { id: 42, name: text } };
  const system = { os_flavor: text, os_version: text };
  const deprecation = { announced: text, unavailable_after: text };
  const labels = { [text]: text };
  const about = `about ${text}`;
  return [
    snapshot(1001, { ...source, ...system, description: text, architecture: text, labels }),
    snapshot(1002, { ...source, ...system, description: text, architecture: text, labels }),
    snapshot(1003, {
      ...{ type: text, status: text, name: text, description: about, created: text, architecture: text },
      ...{ deprecation, labels: { [`hetzner.cloud/${text}`]: text } },
    }),
    snapshot(1004, { ...source, description: text, protection: { delete: true }, labels: { plain: text } }),
    snapshot(1005, { ...source, type: "backup", bound_to: 42, description: text }),
    snapshot(1006, { ...source, description: text, labels: { plain: text } }),
    snapshot(2001, { ...system, type: "system", name: text, description: about, deprecation }),
  ];
}

/** The project behind a server, with prices and actions that hold the text too. */
async function startWith(text: string): Promise<Harness> {
  const harness = await start({ images: project(text), rateLimit: 1_000_000 });
  const { state } = harness.simulator;
  state.pricing.currency = text;
  state.actions.set(7, {
    ...{ id: 7, command: text, status: "error", progress: 0, started: text, finished: text },
    resources: [
      { id: 1001, type: "image" },
      { id: 7, type: text },
    ],
    error: { code: text, message: text },
  });
  state.nextActionId = 8;
  return harness;
}

/** The structure of every answer that shows something of the project. */
async function visit({ call, mcp }: Harness): Promise<unknown[]> {
  const answers: unknown[] = [];
  const ask = async (tool: string, args: Record<string, unknown> = {}) => {
    const answer = await call(tool, args);
    answers.push(answer.data);
    return answer;
  };
  const agree = async (tool: string, args: Record<string, unknown>) => {
    const { confirm } = question(await ask(tool, args));
    await ask(tool, { ...args, confirm: `${confirm}x` });
    await ask(tool, { ...args, confirm });
  };

  await ask("hcloud_list_images");
  await ask("hcloud_list_images", { include_deprecated: true });
  await ask("hcloud_list_images", { server: "42", older_than_days: 1 });
  await ask("hcloud_list_images", { newest_per_server: 9 });
  for (const id of [1001, 1003, 1004, 1005, 2001]) await ask("hcloud_get_image", { id });
  for (const group_by of ["server", "architecture", "os", "month", "label:plain"]) {
    await ask("hcloud_report_images", { group_by, server: "42" });
    await ask("hcloud_report_images", { group_by });
  }
  for (const group_by of ["server", "description", "label:plain", "none"]) {
    await ask("hcloud_plan_image_cleanup", { ...EVERY_IMAGE, group_by });
  }
  await ask("hcloud_plan_image_cleanup", { type: "backup", ...EVERY_IMAGE });
  await ask("hcloud_wait_for_image", { id: 1001 });
  await ask("hcloud_wait_for_image", { action_id: 7 });
  await ask("hcloud_list_image_actions");
  await ask("hcloud_get_image_action", { id: 7 });
  await ask("hcloud_list_actions_for_image", { id: 1001 });
  await ask("hcloud_get_action_for_image", { id: 1001, action_id: 7 });
  for (const uri of ["hcloud://images", "hcloud://images/1001"]) {
    const { contents } = await mcp.readResource({ uri });
    answers.push(contents.map((content) => JSON.parse("text" in content ? content.text : "")));
  }
  const ref = { type: "ref/resource" as const, uri: "hcloud://images/{id}" };
  answers.push(await mcp.complete({ ref, argument: { name: "id", value: "" } }));

  await ask("hcloud_update_image", { id: 1001, description: "" });
  await agree("hcloud_update_image", { id: 1005, type: "snapshot", labels: { a: "b" } });
  await ask("hcloud_update_image", { id: 1004, labels: {}, description: "" });
  await agree("hcloud_edit_image_labels", { ids: [1004, 1006], set: { plain: "x" } });
  await agree("hcloud_change_image_protection", { id: 1004, delete: false });
  await ask("hcloud_delete_image", { id: 1003 });
  answers.push(unquoted(failure(await call("hcloud_update_image", { id: 1003, labels: {} }))));
  await ask("hcloud_bin_images", { ids: [1003, 1004, 1005, 2001], hide: true });
  await ask("hcloud_plan_image_cleanup", { bin: "due", explain: true });
  await ask("hcloud_get_image", { id: 1005 });
  await ask("hcloud_report_images", {});
  await ask("hcloud_restore_images", { ids: [1001, 1005] });
  await agree("hcloud_delete_images", { ids: [1001, 1003, 2001] });
  await agree("hcloud_delete_image", { id: 1002 });
  return answers;
}

/** A plan over so many images that it has a summary by groups, and pages whose length depends on the texts. */
async function planLong({ call, simulator }: Harness, text: string): Promise<Record<string, unknown>> {
  simulator.state.images.clear();
  for (let i = 0; i < 60; i++) {
    const created_from = { id: 100 + (i % 50), name: text };
    simulator.state.images.set(3001 + i, snapshot(3001 + i, { description: text, created_from }));
  }
  return (await call("hcloud_plan_image_cleanup", EVERY_IMAGE)).data;
}

/** The results for a project with harmless texts. */
let harmless: { answers: unknown[]; events: unknown[] } | undefined;

async function visitHarmless() {
  const harness = await startWith(HARMLESS);
  return { answers: await visit(harness), events: eventsOf(harness) };
}

/** Without the numbers of requests, some of which are concurrent. */
const eventsOf = ({ events }: Harness) =>
  events.map(({ correlation_id, correlation_ids, ...event }) => event);

test.each(Object.entries(HOSTILE_TEXTS))(
  "%s is shown as an inert value of limited length",
  async (_, text) => {
    harmless ??= await visitHarmless();
    const harness = await startWith(text);
    const heard = recordMessages(harness);
    const answers = await visit(harness);
    for (const server of ["nobody", text.slice(0, 1_000)]) {
      const told = await harness.call("hcloud_list_images", { server, type: "app" });
      for (const said of textsIn(told.text)) for (const line of said.split("\n")) expectInert(line);
    }

    counted.texts++;
    counted.answers += answers.length;
    for (const [i, answer] of answers.entries()) {
      counted.places += expectAlike(harmless.answers[i], answer, String(i));
    }
    const plan = await planLong(harness, text);
    expect(plan).toMatchObject({
      to_delete: { images: 60 },
      groups: { columns: ["group", "to_delete", "kept", "gb", "oldest", "newest"] },
    });
    expect(plan["groups_left_empty"]).toHaveLength(11);
    for (const said of textsIn(plan)) expectInert(said);

    for (const message of heard) {
      expectSeen(message);
      expect(JSON.stringify(message).length).toBeLessThan(LONGEST_ANSWER);
    }

    expectAlike(harmless.events, eventsOf(harness), "events");
    const lines: string[] = [];
    const audit = createAudit({ file: null, common: {}, log: (line) => lines.push(line) });
    for (const event of harness.events) audit(event);
    for (const line of lines) expectSeen(line);
    counted.events += lines.length;
  },
);

test("no hostile text of an image is more than an inert value in a result or an audit line", ({ task }) => {
  const { texts, answers, places, events } = counted;
  expect(texts).toBe(Object.keys(HOSTILE_TEXTS).length);
  expect(places / texts).toBeGreaterThan(200);
  task.meta.figures = {
    "hostile texts": texts,
    "answers with them": answers,
    "hostile texts × places in answers": places,
    "audit lines beside them": events,
  };
});
