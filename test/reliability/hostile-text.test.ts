import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { answering, apiError, type Fault, question, start } from "../support/answers.ts";
import { DELETE, deletionsOf, PLAN } from "../support/cleanup.ts";
import type { Answer, Harness } from "../support/harness.ts";
import { HOSTILE_TEXTS } from "../support/hostile-text.ts";
import { snapshot } from "../support/random-images.ts";

const HARMLESS = "a harmless text";
const IDS = [1001, 1002, 1003];

/** A project in which whatever somebody may write is `text`. */
function project(text: string): Image[] {
  return IDS.map((id, i) =>
    snapshot(id, {
      name: text,
      description: text,
      created_from: { id: 42, name: text },
      os_flavor: text,
      os_version: text,
      labels: { [text]: text, env: text, confirm: text, status: text },
      protection: { delete: i === 2 },
    }),
  );
}

/** Calls of all tools that read or ask, with the words that only we may write. */
const CALLS: [tool: string, args: Record<string, unknown>][] = [
  ["hcloud_list_images", {}],
  ["hcloud_get_image", { id: 1001 }],
  ["hcloud_report_images", { group_by: "server" }],
  ["hcloud_report_images", { group_by: "label:env" }],
  [PLAN, { older_than_days: 1, group_by: "server", keep_last: 1 }],
  [PLAN, { older_than_days: 1, group_by: "description", keep_last: 1 }],
  [DELETE, { ids: IDS }],
  ["hcloud_delete_image", { id: 1001 }],
  ["hcloud_delete_image", { id: 1003 }],
  ["hcloud_update_image", { id: 1001, labels: {} }],
  ["hcloud_change_image_protection", { id: 1003, delete: false }],
  ["hcloud_edit_image_labels", { ids: [1001, 1002], set: { env: "prod" }, remove: ["status"] }],
  ["hcloud_wait_for_image", { id: 1001 }],
  ["hcloud_list_image_actions", {}],
  ["hcloud_get_image_action", { id: 7 }],
  ["hcloud_list_actions_for_image", { id: 1001 }],
  ["hcloud_get_action_for_image", { id: 1001, action_id: 7 }],
  ["hcloud_wait_for_image", { action_id: 7 }],
];

/** An action that failed, with `text` as far as the API has texts in it. */
function addAction({ simulator }: Harness, text: string): void {
  simulator.state.actions.set(7, {
    id: 7,
    command: text,
    status: "error",
    progress: 100,
    started: text,
    finished: text,
    resources: [
      { id: 1001, type: "image" },
      { id: 1, type: text },
    ],
    error: { code: text, message: text },
  });
}

/** An error of the API with `text` wherever it has one. */
function refusalWith(text: string): Fault {
  const fault = apiError(422, "invalid_input", text, { fields: [{ name: text, messages: [text, text] }] });
  const isHeader = /^[\x20-\x7e]*$/.test(text) && text.length < 1000;
  return isHeader ? { ...fault, headers: { "X-Correlation-Id": text } } : fault;
}

/** All that the server writes when everything it is told is `text`. */
async function hear(text: string) {
  const harness = await start({ images: project(text) });
  addAction(harness, text);
  const progress: unknown[] = [];
  const answers: Answer[] = [];
  for (const [tool, args] of CALLS) {
    answers.push(await harness.call(tool, args, { onprogress: (step) => progress.push(step) }));
  }
  for (const uri of ["hcloud://images", "hcloud://images/1001"]) {
    const { contents } = await harness.mcp.readResource({ uri });
    const [{ text: told = "" } = {}] = contents as { text?: string }[];
    answers.push({ text: told, isError: false, data: JSON.parse(told) });
  }
  harness.simulator.intercept = answering("GET", "/", refusalWith(text));
  for (const [tool, args] of CALLS) answers.push(await harness.call(tool, args));
  expect(harness.simulator.writes()).toEqual([]);
  return { answers, logged: JSON.stringify([harness.events, progress]) };
}

const SENTENCES = new Set([
  "status",
  "will",
  "cannot_be_undone",
  "next",
  "money",
  "policy",
  "refused",
  "why",
]);

/** What we say in our own words, at any depth; images are not ours. */
function ourWords(part: unknown): unknown[] {
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) => {
    if (/label|image$|rows/.test(key)) return [];
    return SENTENCES.has(key) && typeof value === "string" ? [`${key}: ${value}`] : ourWords(value);
  });
}

const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Fails unless all that can be read in an answer can be seen, and ends. */
function expectInert(text: string): void {
  // What JSON writes as an escape would come out of it again.
  const read = text.replace(/\\u([0-9a-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  expect(read).not.toMatch(UNSEEN);
  expect(read).not.toMatch(/\\[nrtbf]/);
  expect(read).not.toMatch(/\p{M}{9}/u);
  for (const [value] of text.matchAll(/"(?:[^"\\]|\\.)*"/g)) expect(value.length).toBeLessThan(1200);
}

test("whatever is written into images, actions and errors comes out inert, and changes none of our words", async (context) => {
  const harmless = await hear(HARMLESS);
  let places = 0;
  for (const [what, text] of Object.entries(HOSTILE_TEXTS)) {
    const { answers, logged } = await hear(text);
    expect(answers.length).toBe(harmless.answers.length);
    for (const [i, answer] of answers.entries()) {
      const usual = harmless.answers[i];
      places++;
      expectInert(answer.text);
      expect(answer.isError, what).toBe(usual?.isError);
      if (!answer.isError) {
        expect(ourWords(answer.data), `${what}: ${answer.text}`).toEqual(ourWords(usual?.data));
        continue;
      }
      // What an error quotes stands between quotation marks; the rest is ours.
      const unquoted = (said = "") =>
        said.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/, correlation id [\w-]+/, "");
      expect(unquoted(answer.text), what).toBe(unquoted(usual?.text));
    }
    expectInert(logged);
  }
  context.task.meta.figures = {
    "hostile texts": Object.keys(HOSTILE_TEXTS).length,
    "answers read that quote them": places,
  };
});

describe("a preview says what would be deleted, whatever is written there", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.constantFrom(...Object.values(HOSTILE_TEXTS)),
  );

  test("of one image", async () => {
    const property = fc.asyncProperty(anyText, anyText, async (one, other) => {
      const images = [one, other].map((description, i) =>
        snapshot(1001 + i, { description, labels: { note: one }, created_from: { id: 1, name: other } }),
      );
      const harness = await start({ images });
      const { preview, confirm } = question(await harness.call("hcloud_delete_image", { id: 1002 }));
      expect(preview["will"]).toBe("delete snapshot 1002");
      expect(preview["cannot_be_undone"]).toBe("a deleted image cannot be restored by anyone");
      expect(preview["image"]).toMatchObject({ id: 1002, type: "snapshot" });
      await harness.call("hcloud_delete_image", { id: 1002, confirm });
      expect([...harness.simulator.state.images.keys()]).toEqual([1001]);
    });
    await fc.assert(property, { numRuns: 60, seed: 4 });
  });

  test("of many", async () => {
    const property = fc.asyncProperty(fc.array(anyText, { minLength: 2, maxLength: 6 }), async (texts) => {
      const images = texts.map((description, i) =>
        snapshot(1001 + i, { description, labels: { note: description } }),
      );
      const harness = await start({ images });
      const ids = images.map(({ id }) => id).filter((id) => id % 2 === 0);
      const { preview, confirm } = question(await harness.call(DELETE, { ids }));
      const { columns, rows, will } = preview as { columns: string[]; rows: unknown[][]; will: string };
      expect(will).toBe(`delete ${ids.length} ${ids.length === 1 ? "image" : "images"}`);
      expect(rows.map((row) => row[columns.indexOf("id")])).toEqual(ids);
      const { deleted } = deletionsOf(await harness.call(DELETE, { ids, confirm }));
      expect(deleted.toSorted()).toEqual(ids);
      expect(harness.simulator.state.images.size).toBe(images.length - ids.length);
    });
    await fc.assert(property, { numRuns: 40, seed: 4 });
  });
});

test("what a person types into a prompt or a completion is no instruction of ours", async () => {
  const { mcp } = await start();
  for (const text of Object.values(HOSTILE_TEXTS)) {
    const completion = await mcp.complete({
      ref: { type: "ref/resource", uri: "hcloud://images/{id}" },
      argument: { name: "id", value: text },
    });
    for (const value of completion.completion.values) expect(value).toMatch(/^\d+$/);
    const prompt = mcp.getPrompt({ name: "clean_up_snapshots", arguments: { label_selector: text } });
    const outcome = await prompt.then(
      ({ messages }) => JSON.stringify(messages),
      (error: Error) => error.message,
    );
    expect(outcome.replaceAll("\n", "")).not.toMatch(UNSEEN);
  }
});
