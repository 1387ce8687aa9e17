/** Concurrent calls of one session on one image, and answers that arrive after a rule or a code has become void. */

import { describe, expect, test } from "vitest";
import { expectFailure, question, stored } from "../support/answers.ts";
import { BIN, RESTORE } from "../support/bin.ts";
import { aged, codeOf, DELETE, deletionsOf, isDelete, many, PLAN, reply } from "../support/cleanup.ts";
import { accepting, NO_FORMS, startStates } from "../support/form-state.ts";
import { startForms, yes } from "../support/forms.ts";
import { startHarness } from "../support/harness.ts";
import { startWithRules, writeRulesFile } from "../support/rules.ts";

const EDIT = "hcloud_edit_image_labels";
const UPDATE = "hcloud_update_image";
const REMOVE = "hcloud_delete_image";

type Call = [tool: string, args: Record<string, unknown>];
const edit = (set: object): Call => [EDIT, { ids: [1], set }];
const update = (labels: object): Call => [UPDATE, { id: 1, labels }];
const bin = (more: object = {}): Call => [BIN, { ids: [1], ...more }];
const restore: Call = [RESTORE, { ids: [1] }];

const SHOWN = { env: "x" };
const HIDDEN = { "bin/env": "x", "bin/due": "2026-12-01" };

/** The labels after both calls, one after the other in either order; what is refused changes nothing. */
async function inTurn(labels: Record<string, string>, calls: Call[]): Promise<object[]> {
  const ends = [];
  for (const order of [calls, calls.toReversed()]) {
    const harness = await startHarness({ images: [aged(1, 30, { labels })] });
    for (const [tool, args] of order) await harness.call(tool, args);
    ends.push(stored(harness, 1).labels);
  }
  return ends;
}

describe("two concurrent calls on one image", () => {
  test.each<[string, Record<string, string>, Call, Call]>([
    ["an edit and a move to the bin", SHOWN, edit({ more: "1" }), bin({ hide: true })],
    ["a move to the bin and an edit", SHOWN, bin(), edit({ keep: "" })],
    ["an edit and a restore", HIDDEN, edit({ more: "1" }), restore],
    ["a move to the bin and an update", SHOWN, bin({ hide: true }), update({ ...SHOWN, d: "1" })],
    ["an edit and an update", SHOWN, edit({ more: "1" }), update({ ...SHOWN, d: "1" })],
    ["two updates", SHOWN, update({ ...SHOWN, d: "1" }), update({ ...SHOWN, e: "1" })],
    ["two moves to the bin", SHOWN, bin({ hide: true }), bin({ days: 1 })],
  ])(
    "two concurrent calls have the effect of one after the other, or less: %s",
    async (_, labels, one, two) => {
      const harness = await startHarness({ images: [aged(1, 30, { labels })] });
      const answers = await Promise.all([one, two].map(([tool, args]) => harness.call(tool, args)));
      const refused = answers.map(({ isError, text }) => isError || /"status":"unchanged"/.test(text));
      const left = stored(harness, 1).labels;
      const alone = await Promise.all([one, two].map((call) => inTurn(labels, [call])));
      const expected = refused.includes(true)
        ? (alone[refused.indexOf(false)] ?? [])
        : await inTurn(labels, [one, two]);
      expect(expected).toContainEqual(left);
    },
  );

  test("two concurrent calls do not end a match of never", async () => {
    const harness = await startWithRules('never = ["role=golden"]', {
      images: [aged(1, 30, { labels: SHOWN })],
    });
    const golden = { ...SHOWN, role: "golden" };
    const [first] = await Promise.all([
      harness.call(...update(golden)),
      harness.call(...update({ ...SHOWN, d: "1" })),
    ]);
    if (!first.isError) expect(stored(harness, 1).labels).toEqual(golden);
  });

  test.each<[string, Call]>([
    ["one", [REMOVE, { id: 2 }]],
    ["many", [DELETE, { ids: [2] }]],
  ])(
    "a plan keeps an image in place of one that another call is deleting, by the tool for %s",
    async (_, [tool, args]) => {
      const harness = await startHarness({ images: [aged(1, 30), aged(2, 10)] });
      const { call, simulator } = harness;
      const plan = codeOf(await call(PLAN, { keep_last: 1 }));
      const { confirm } = question(await call(tool, args));
      let letGo: () => void = () => undefined;
      const isSent = new Promise<void>((resolve) => {
        simulator.intercept = (request, response, apply) => {
          if (!isDelete(request)) return undefined;
          letGo = () => void reply(request, response, apply);
          resolve();
          return "handled";
        };
      });
      const newest = call(tool, tool === DELETE ? { confirm, count: 1 } : { ...args, confirm });
      await isSent;
      const { deleted, skipped } = deletionsOf(await call(DELETE, { confirm: plan, count: 1 }));
      expect(deleted).toEqual([]);
      expect(skipped).toMatchObject([{ id: 1, why: expect.stringMatching(/newest of its group|keep_last/) }]);
      letGo();
      expect((await newest).data["status"]).toBe("done");
    },
  );
});

test("a call is answered in its time although another call waits for the response to its change of the same image", async () => {
  const harness = await startHarness({ images: [aged(7, 30)], callMs: 45_000 });
  const { call, clock, simulator } = harness;
  let later: Promise<unknown> | undefined;
  let letGo: () => void = () => undefined;
  const isSent = new Promise<void>((resolve) => {
    let reads = 0;
    simulator.intercept = (request, response, apply) => {
      const respond = () => void reply(request, response, apply);
      if (request.path !== "/images/7") return undefined;
      if (request.method === "PUT") {
        letGo = respond;
        resolve();
        return "handled";
      }
      // The edit is about to change image 7, 50 ms before its last moment for sending: the other call is faster.
      if (++reads !== 2) return undefined;
      clock.pass(34_950);
      later = call(UPDATE, { id: 7, description: "new" });
      void isSent.then(respond);
      return "handled";
    };
  });
  expectFailure(await call(EDIT, { ids: [7], set: { env: "x" } }), "deadline_exceeded");
  letGo();
  await later;
  expect(stored(harness, 7)).toMatchObject({ description: "new", labels: {} });
});

describe("an answer to a form", () => {
  test("an answer to a form deletes nothing with a tool that the rules no longer offer", async () => {
    const file = writeRulesFile("min_age_days = 1");
    const harness = await startForms({ era: "2025-11-25", ...file, images: [aged(1, 30)] });
    harness.person = (form, number) => {
      if (number === 1) file.replace('tools = ["hcloud_report_images"]');
      return yes(form);
    };
    expectFailure(await harness.call(REMOVE, { id: 1 }), "forbidden_by_rule", REMOVE);
    expect(harness.simulator.writes()).toEqual([]);
  });

  test("a declined form counts although the code of many images is void", async () => {
    const file = writeRulesFile("min_age_days = 1");
    const { send, call, open, simulator } = await startStates({ ...file, images: many(5) });
    const confirm = codeOf(await call(PLAN, { older_than_days: 2 }));
    const args = { confirm, count: 3 };
    const { state } = await open(DELETE, args);
    file.replace("min_age_days = 2");
    const no = { inputResponses: { choice: accepting("keep") }, requestState: state };
    expect((await send(DELETE, args, no)).data).toMatchObject({ status: "declined" });
    expectFailure(await send(DELETE, { ids: [1005] }, {}, NO_FORMS), "form_unavailable");
    expect(simulator.writes()).toEqual([]);
  });
});

test.each([
  ["created_from", { created_from: { id: "42", name: "web" } }],
  ["bound_to", { bound_to: "42" }],
  ["deleted", { deleted: 1 }],
])("an image whose %s has another type is refused", async (_, wrong) => {
  const image = { ...aged(1, 30), ...wrong } as never;
  const harness = await startWithRules("keep_at_least = 2", { images: [image] });
  expectFailure(await harness.call(REMOVE, { id: 1 }), "malformed_reply");
  expect(harness.simulator.writes()).toEqual([]);
});

test("a description that may have been lost is in the audit line", async () => {
  const harness = await startHarness({ images: [aged(1, 30, { description: "the old one" })] });
  harness.simulator.intercept = (request, response, apply) => {
    if (request.method !== "PUT") return undefined;
    apply();
    response.destroy();
    harness.simulator.intercept = (_, later) => {
      later.destroy();
      return "handled";
    };
    return "handled";
  };
  expectFailure(await harness.call(UPDATE, { id: 1, description: "new" }), "outcome_unknown");
  expect(harness.events.at(-1)).toMatchObject({
    outcome: "failed",
    previous: { description: "the old one" },
  });
});
