import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { question, start } from "../support/answers.ts";
import { DELETE } from "../support/cleanup.ts";
import {
  bitFlips,
  corruptCodes,
  FIRST,
  GATE_CASES,
  GATE_IMAGES,
  type GateCase,
} from "../support/gate-cases.ts";
import type { Harness } from "../support/harness.ts";
import { ask, ENVELOPE, PREFIX } from "../support/modern.ts";

/** Forms of version 2026-07-28, whose answers come with a state that a client can invent. */
const _meta = { ...ENVELOPE, [`${PREFIX}/clientCapabilities`]: { elicitation: { form: {} } } };

const READING_MS = 5_000;
const VERBS: Record<string, string> = {
  hcloud_edit_image_labels: "overwrite",
  hcloud_update_image: "update",
};
const [ONE, MANY, ...REST] = GATE_CASES as [GateCase, GateCase, ...GateCase[]];
const SINGLE = [ONE, ...REST];

const open = () => start({ images: GATE_IMAGES, rateLimit: 1_000_000 });

const yesTo = ({ tool }: GateCase) => ({ action: "accept", content: { choice: VERBS[tool] ?? "delete" } });

function knock(harness: Harness, { tool, args }: GateCase, more: object = {}) {
  return ask(harness, "tools/call", { name: tool, arguments: args, ...more, _meta });
}

const answer = (harness: Harness, door: GateCase, requestState: unknown, reply: unknown = yesTo(door)) =>
  knock(harness, door, { requestState, inputResponses: { choice: reply } });

/** The state of a form that was shown, and read. */
async function formFor(harness: Harness, door: GateCase): Promise<string> {
  const { resultType, requestState } = await knock(harness, door);
  expect(resultType).toBe("input_required");
  harness.clock.pass(READING_MS);
  return String(requestState);
}

const isAsking = ({ resultType }: Record<string, unknown>) => resultType === "input_required";
const isDone = ({ structuredContent }: Record<string, unknown>) =>
  (structuredContent as { status?: string } | undefined)?.status === "done";

function expectNothingChanged({ simulator }: Harness): void {
  expect(simulator.writes()).toEqual([]);
  for (const image of GATE_IMAGES) expect(simulator.state.images.get(image.id)).toEqual(image);
}

test.each(SINGLE)("no altered form state confirms a call to $what, and the real one does", async (door) => {
  const harness = await open();
  const first = await formFor(harness, door);
  const texts = [...bitFlips(first), ...corruptCodes(first), ""].filter((text) => text !== first);
  let real: unknown;
  for (const forged of [...texts, null, 7, [first], { first }]) {
    const result = await answer(harness, door, forged);
    expect(isAsking(result), JSON.stringify(forged)).toBe(true);
    real = result["requestState"];
  }
  expectNothingChanged(harness);
  harness.clock.pass(READING_MS);
  expect(isDone(await answer(harness, door, real))).toBe(true);
});

test.each(
  SINGLE.flatMap((door) =>
    SINGLE.filter((other) => other !== door).map((other) => ({
      door,
      other,
      from: door.what,
      to: other.what,
    })),
  ),
)(
  "the form about $from does not open the door to $to, and is not used up by being tried there",
  async ({ door, other }) => {
    const harness = await open();
    const state = await formFor(harness, door);
    expect(isAsking(await answer(harness, other, state))).toBe(true);
    expect(isAsking(await answer(harness, other, state, yesTo(door)))).toBe(true);
    expectNothingChanged(harness);
    expect(isDone(await answer(harness, door, state))).toBe(true);
  },
);

test("the form about one image does not confirm a call on another image", async () => {
  const harness = await open();
  const state = await formFor(harness, ONE);
  for (const { id } of GATE_IMAGES.slice(1)) {
    expect(isAsking(await answer(harness, { ...ONE, args: { id } }, state))).toBe(true);
  }
  expectNothingChanged(harness);
});

test("a confirmation code is not accepted as a form state, nor a state as a code", async () => {
  const harness = await open();
  const { confirm } = question(await harness.call(DELETE, MANY.args));
  const single = question(await harness.call(ONE.tool, ONE.args)).confirm;
  harness.clock.pass(READING_MS);
  const bulk = { ...MANY, args: { ...MANY.args, confirm } };
  for (const code of [confirm, single]) {
    expect(isAsking(await answer(harness, ONE, code))).toBe(true);
    expect(isAsking(await answer(harness, bulk, code))).toBe(true);
  }
  const state = await formFor(harness, ONE);
  // Here no form is shown, and a code is enough.
  expect(question(await harness.call(ONE.tool, { ...ONE.args, confirm: state })).refused).toMatch(
    /not issued/,
  );
  expect(isAsking(await knock(harness, { ...ONE, args: { ...ONE.args, confirm: state } }))).toBe(true);
  expectNothingChanged(harness);
});

describe("one answer to one form", () => {
  // A set of labels that was replaced already loses nothing when it is replaced by the same again.
  test.each(SINGLE.slice(0, 2))(
    "one answer confirms one of twenty concurrent calls to $what",
    async (door) => {
      const harness = await open();
      const state = await formFor(harness, door);
      const results = await Promise.all(Array.from({ length: 20 }, () => answer(harness, door, state)));
      expect(results.filter(isDone)).toHaveLength(1);
      const written = harness.simulator.writes().length;
      expect(written).toBe(Array.isArray(door.args["ids"]) ? door.args["ids"].length : 1);
      for (const image of GATE_IMAGES) harness.simulator.state.images.set(image.id, structuredClone(image));
      expect(isAsking(await answer(harness, door, state))).toBe(true);
      expect(harness.simulator.writes()).toHaveLength(written);
    },
  );

  test("one answer for a code confirms one of twenty concurrent calls with that code", async () => {
    const harness = await open();
    const { confirm } = question(await harness.call(DELETE, MANY.args));
    const door = { ...MANY, args: { confirm, count: 3 } };
    const state = await formFor(harness, door);
    const results = await Promise.all(Array.from({ length: 20 }, () => answer(harness, door, state)));
    expect(results.filter(isDone)).toHaveLength(1);
    expect(harness.simulator.writes()).toHaveLength(3);
  });
});

test("only the option that agrees confirms a call, no other reply to a form", async ({ task }) => {
  const harness = await open();
  const polluted = fc.constantFrom(
    '{"action":"accept","__proto__":{"content":{"choice":"delete"}}}',
    '{"action":"accept","content":{"__proto__":{"choice":"delete"}}}',
    '{"action":"accept","content":{"constructor":{"choice":"delete"},"choice":["delete"]}}',
    '{"action":"accept","content":{"choice":"delete "}}',
    '{"action":"accept","content":{"choice":"Delete"}}',
    '{"action":"accept","content":{"choice":true,"confirm":true}}',
    '{"action":"accept","content":["delete"]}',
    '{"action":["accept"],"content":{"choice":"delete"}}',
    '{"action":"decline","content":{"choice":"delete"}}',
    '{"action":"cancel","content":{"choice":"delete"}}',
    '{"content":{"choice":"delete"}}',
    '{"choice":"delete"}',
    '"delete"',
  );
  const reply = fc.oneof(
    polluted.map((json) => JSON.parse(json)),
    fc.jsonValue({ maxDepth: 3 }),
  );
  let replies = 0;
  await fc.assert(
    fc.asyncProperty(reply, async (value) => {
      const state = await formFor(harness, ONE);
      expect(isDone(await answer(harness, ONE, state, value).catch(() => ({})))).toBe(false);
      replies++;
    }),
    { numRuns: 500, seed: 7 },
  );
  expectNothingChanged(harness);
  expect(isDone(await answer(harness, ONE, await formFor(harness, ONE)))).toBe(true);
  expect(harness.simulator.state.images.has(FIRST)).toBe(false);
  task.meta.figures = {
    "replies tried that are not the person's yes": replies,
    "writes that they brought about": 0,
  };
});
