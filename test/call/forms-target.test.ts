/** Targets that another client changes while a form of version 2026-07-28 is open, and clients that change what they show. */

import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { alter, expectFailure } from "../support/answers.ts";
import { aged, DELETE } from "../support/cleanup.ts";
import {
  accepting,
  agreeing,
  expectAskedAgain,
  formOf,
  isDone,
  NO_FORMS,
  startStates,
} from "../support/form-state.ts";
import {
  BACKUP,
  EDIT,
  FIRST,
  FORM_CASES,
  LOCKED,
  PROTECT,
  REMOVE,
  SECOND,
  UPDATE,
} from "../support/forms-cases.ts";

type Call = [tool: string, args: Record<string, unknown>, id: number];

const REMOVAL: Call = [REMOVE, { id: FIRST }, FIRST];
const EDITION: Call = [EDIT, { ids: [FIRST, SECOND], set: { env: "test" } }, FIRST];
const UPDATING: Call = [UPDATE, { id: FIRST, labels: { a: "b" }, description: "" }, FIRST];
const CONVERSION: Call = [UPDATE, { id: BACKUP, type: "snapshot" }, BACKUP];
const UNPROTECTION: Call = [PROTECT, { id: LOCKED, delete: false }, LOCKED];
const UNPROTECTIONS: Call = [PROTECT, { ids: [LOCKED, FIRST], delete: false }, LOCKED];
const CALLS: [what: string, call: Call][] = [
  ["a deletion", REMOVAL],
  ["an edit of labels", EDITION],
  ["an update", UPDATING],
  ["a conversion", CONVERSION],
  ["an unprotection", UNPROTECTION],
  ["an unprotection of many", UNPROTECTIONS],
];

const CHANGES: [what: string, change: Partial<Image>][] = [
  ["gets another label", { labels: { env: "prod", app: "shop", "added-by-other": "1" } }],
  ["gets other values of labels", { labels: { env: "staging-by-other", app: "shop" } }],
  ["loses its labels", { labels: {} }],
  ["is described in other words", { description: "described-by-other" }],
  ["is another image", { created: "2026-11-23T11:00:00Z", description: "another-by-other" }],
  ["has another size", { image_size: 77.77 }],
];

describe.each(CALLS)("%s", (_, [tool, args, id]) => {
  test.each(CHANGES)(
    "a confirmed call is not made when its image %s: a new form shows the current image",
    async (_, change) => {
      const harness = await startStates();
      const form = await harness.open(tool, args);
      alter(harness, id, change);
      const retried = await harness.send(tool, args, agreeing(form));
      expectAskedAgain(harness, retried, new Set([form.state]));
      const again = formOf(retried);
      harness.clock.pass(5_000);
      expect(isDone(await harness.send(tool, args, agreeing(again)))).toBe(true);
      expect(harness.outcomes()).toEqual(["asked", "answered", "asked", "answered", "confirmed", "done"]);
    },
  );

  test("a confirmed call is not made when its image is gone", async () => {
    const harness = await startStates();
    const form = await harness.open(tool, args);
    harness.simulator.state.images.delete(id);
    const reply = await harness.send(tool, args, agreeing(form));
    if (tool === EDIT || "ids" in args) expect(isDone(reply)).toBe(false);
    else expectFailure(reply, "not_found");
    expect(harness.simulator.writes()).toEqual([]);
  });

  test("a declined call is not made, whatever happens to its image", async () => {
    for (const [, change] of CHANGES) {
      const harness = await startStates();
      const { state } = await harness.open(tool, args);
      alter(harness, id, change);
      const reply = await harness.send(tool, args, {
        requestState: state,
        inputResponses: { choice: accepting("keep") },
      });
      expect(reply.data).toMatchObject({ status: "declined" });
      expect(harness.simulator.writes()).toEqual([]);
    }
  });
});

test.each<[what: string, change: Partial<Image>, shown: string]>([
  ["description", { description: "described-by-other" }, "described-by-other"],
  ["size", { image_size: 77.77 }, "77.77 GB"],
  ["server", { created_from: { id: 9, name: "server-by-other" } }, "server-by-other"],
])("the new form of a deletion shows the new %s", async (_, change, shown) => {
  const harness = await startStates();
  const form = await harness.open(REMOVE, { id: FIRST });
  expect(form.form.message).not.toContain(shown);
  alter(harness, FIRST, change);
  const again = formOf(await harness.send(REMOVE, { id: FIRST }, agreeing(form)));
  expect(again.form.message).toContain(shown);
});

test("the new form of an edit shows the value that would now be lost", async () => {
  const harness = await startStates();
  const [tool, args] = EDITION;
  const form = await harness.open(tool, args);
  alter(harness, FIRST, { labels: { env: "staging-by-other" } });
  const again = formOf(await harness.send(tool, args, agreeing(form)));
  expect(again.form.message).toContain("staging-by-other");
});

test("a deletion is refused when its image was protected while the form was open", async () => {
  const harness = await startStates();
  const form = await harness.open(REMOVE, { id: FIRST });
  alter(harness, FIRST, { protection: { delete: true } });
  const reply = await harness.send(REMOVE, { id: FIRST }, agreeing(form));
  expectFailure(reply, "protected");
  expect(harness.simulator.writes()).toEqual([]);
});

test("a bulk deletion keeps images that were changed, protected or created while the form was open", async () => {
  const harness = await startStates();
  const { images } = harness.simulator.state;
  const { confirm } = (await harness.call(DELETE, { ids: [1001, 1002, 1003, 1004] })).data;
  const args = { confirm, count: 4 };
  const form = await harness.open(DELETE, args);
  alter(harness, 1001, { description: "new" });
  alter(harness, 1002, { protection: { delete: true } });
  images.delete(1003);
  images.set(1009, aged(1009, 1));
  const reply = await harness.send(DELETE, args, agreeing(form));
  expect(reply.data).toMatchObject({ deleted: [1004] });
  expect(harness.simulator.writes().map(({ path }) => path)).toEqual(["/images/1004"]);
});

test("the forms that a client supports are those of the current request, whatever earlier requests declared", async () => {
  const harness = await startStates();
  const { send, call, open, simulator } = harness;
  const form = await open(REMOVE, { id: FIRST });
  const without = [
    await send(REMOVE, { id: FIRST }, {}, NO_FORMS),
    await send(REMOVE, { id: FIRST }, agreeing(form), NO_FORMS),
    await call(REMOVE, { id: FIRST }),
  ];
  for (const { data } of without) expect(data["status"]).toBe("confirmation_required");
  expect(simulator.writes()).toEqual([]);
  await open(REMOVE, { id: FIRST });
  expect(isDone(await send(REMOVE, { id: FIRST }, agreeing(form)))).toBe(true);
});

test.each(FORM_CASES.filter(({ tool }) => tool !== DELETE))(
  "$what is refused to a client that shows a form and then declares none, when only a form confirms",
  async ({ tool, args }) => {
    const harness = await startStates({ confirm: "form" });
    const called = await args(harness);
    const form = await harness.open(tool, called);
    const reply = await harness.send(tool, called, agreeing(form), NO_FORMS);
    expectFailure(reply, "form_unavailable");
    expect(harness.simulator.writes()).toEqual([]);
  },
);
