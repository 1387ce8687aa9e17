import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { question } from "../support/answers.ts";
import { DELETE, many } from "../support/cleanup.ts";
import {
  type Act,
  type FormHarness,
  type FormOptions,
  no,
  type ShownForm,
  silent,
  startForms,
  yes,
} from "../support/forms.ts";
import {
  bitFlips,
  corruptCodes,
  FIRST,
  GATE_CASES,
  GATE_IMAGES,
  type GateCase,
} from "../support/gate-cases.ts";
import { type Answer, readAnswer } from "../support/harness.ts";
import { drafts, type Schema } from "../support/hostile-arguments.ts";
import { whileTimePasses } from "../support/idle-clock.ts";

const VERSIONS = ["2025-11-25", "2026-07-28"] as const;

/** People who agree to nothing, and clients that let nobody agree. */
const UNWILLING: Record<string, (form: ShownForm) => Act> = {
  "keeps everything": (form) => no(form),
  declines: () => ({ reply: { action: "decline" }, ms: 5_000 }),
  "closes the form": () => ({ reply: { action: "cancel" }, ms: 5_000 }),
  "never answers": silent,
  "answers before anybody can read": (form) => yes(form, 10),
  "accepts without a choice": () => ({ reply: { action: "accept", content: {} }, ms: 5_000 }),
  "chooses what is no option": () => ({
    reply: {
      action: "accept",
      content: JSON.parse('{"choice":"yes","confirm":true,"__proto__":{"choice":"delete"}}'),
    },
    ms: 5_000,
  }),
};
// In the newest version, a client whose user never answers does not come back: nothing waits.
const CASES = VERSIONS.flatMap((era) => Object.keys(UNWILLING).map((who) => ({ era, who }))).filter(
  ({ era, who }) => era !== "2026-07-28" || who !== "never answers",
);

const open = (options: FormOptions) =>
  startForms({ images: GATE_IMAGES, rateLimit: 1_000_000, confirm: "form", ...options });

const knock = (harness: FormHarness, { tool, args }: GateCase, more: Record<string, unknown> = {}) =>
  harness.call(tool, { ...args, ...more });

const isDone = (answer: Answer) => !answer.isError && answer.data["status"] === "done";

function expectNothingChanged({ simulator }: FormHarness): void {
  expect(simulator.writes()).toEqual([]);
  for (const image of GATE_IMAGES) expect(simulator.state.images.get(image.id)).toEqual(image);
}

/** Makes all calls concurrently. */
function callAll(harness: FormHarness, calls: readonly GateCase[]): Promise<Answer[]> {
  const work = calls.map(({ tool, args }) => harness.client.callTool({ name: tool, arguments: args }));
  return whileTimePasses(harness, Promise.all(work)).then((results) => results.map(readAnswer));
}

/** People who answer when so many forms are open, after the same time. */
function together(
  count: number,
  act: (form: ShownForm, number: number) => Act,
): NonNullable<FormOptions["person"]> {
  const waiting: (() => void)[] = [];
  return async (form, number) => {
    const all = new Promise<void>((resolve) => waiting.push(resolve));
    if (waiting.length === count) for (const go of waiting) go();
    await all;
    const isFirst = number === 1;
    return { ...act(form, number), ...(!isFirst && { ms: 0 }) };
  };
}

let knocks = 0;

describe("calls without the user's choice", () => {
  test.each(CASES)(
    "a call changes nothing when the user $who, in $era, whatever code it has",
    async ({ era, who }) => {
      const harness = await open({ era, person: UNWILLING[who] as (form: ShownForm) => Act });
      const code = question(await knock(harness, GATE_CASES[1] as GateCase)).confirm;
      const forged = [
        code,
        ...[...bitFlips(code)].filter((_, i) => i % 40 === 0),
        ...[...corruptCodes(code)].filter((_, i) => i % 8 === 0),
      ];
      for (const door of GATE_CASES) {
        for (const confirm of forged) {
          for (const more of door.tool === DELETE ? [{}, { count: 3 }] : [{}]) {
            expect(isDone(await knock(harness, door, { confirm, ...more }))).toBe(false);
            knocks++;
          }
        }
      }
      expectNothingChanged(harness);
    },
  );

  test.each(CASES)(
    "twenty concurrent calls change nothing when the user $who, in $era",
    async ({ era, who }) => {
      const harness = await open({ era, person: UNWILLING[who] as (form: ShownForm) => Act });
      const { confirm } = question(await knock(harness, GATE_CASES[1] as GateCase));
      const doors = GATE_CASES.map((door) =>
        door.tool === DELETE ? { ...door, args: { confirm, count: 3 } } : door,
      );
      const answers = await callAll(harness, Array.from({ length: 5 }, () => doors).flat());
      expect(answers.filter(isDone)).toEqual([]);
      expectNothingChanged(harness);
      knocks += answers.length;
    },
  );

  test.each(VERSIONS)(
    "a call changes nothing when the user keeps everything, in %s, whatever its other arguments are",
    async (era) => {
      const harness = await open({ era, person: (form) => no(form) });
      const { tools } = await harness.client.listTools();
      const gated = tools.filter(({ name }) =>
        GATE_CASES.some(({ tool }) => tool === name && /delete/.test(tool)),
      );
      const calls = drafts(
        gated as { name: string; inputSchema: Schema }[],
        GATE_IMAGES.map(({ id }) => id),
      );
      await fc.assert(
        fc.asyncProperty(calls, fc.jsonValue({ maxDepth: 2 }), async ({ tool, args }, confirm) => {
          if (typeof args !== "object" || args === null || Array.isArray(args)) return;
          const answer = await harness.call(tool, { ...args, confirm }).catch(() => null);
          expect(answer && isDone(answer)).not.toBe(true);
          expectNothingChanged(harness);
          knocks++;
        }),
        { numRuns: 300, seed: 11 },
      );
    },
  );
});

test.each(VERSIONS)(
  "the code of an unanswered form does not suffice any more after the user has declined one, in %s",
  async (era) => {
    const harness = await startForms({ images: GATE_IMAGES, era });
    for (const door of GATE_CASES.filter(({ tool }) => tool !== DELETE)) {
      harness.person = () => ({ reply: "error", ms: 0 });
      // In the newest version a client that fails to show a form never returns.
      const unanswered = await knock(harness, door).catch(() => null);
      if (era === "2026-07-28") expect(unanswered).toBeNull();
      if (!unanswered) continue;
      const { confirm } = question(unanswered);
      harness.person = (form) => no(form);
      expect((await knock(harness, GATE_CASES[0] as GateCase)).data["status"]).toBe("declined");
      expect((await knock(harness, door, { confirm })).data["status"]).toBe("declined");
      knocks++;
    }
    expectNothingChanged(harness);
  },
);

describe("one accepted form", () => {
  const six: GateCase[] = GATE_IMAGES.map(({ id }) => ({
    what: "",
    tool: "hcloud_delete_image",
    args: { id },
  }));

  test.each(VERSIONS)(
    "an accepted form deletes only the image that it names, of six concurrent deletions, in %s",
    async (era) => {
      let named = "";
      const harness = await open({ era });
      harness.person = (form, number) => {
        if (number !== 3) return no(form);
        named = /Delete snapshot (\d+)/.exec(form.message)?.[1] ?? "";
        return yes(form);
      };
      const answers = await callAll(harness, six);
      expect(answers.filter(isDone)).toHaveLength(1);
      expect(harness.simulator.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([
        `DELETE /images/${named}`,
      ]);
      expect(harness.simulator.state.images.size).toBe(GATE_IMAGES.length - 1);
    },
  );

  test.each(VERSIONS)(
    "an accepted form for a code confirms one of twenty concurrent calls with that code, in %s",
    async (era) => {
      const harness = await open({ era, person: together(20, (form) => yes(form)) });
      const { confirm } = question(await knock(harness, GATE_CASES[1] as GateCase));
      const call = { what: "", tool: DELETE, args: { confirm, count: 3 } };
      const answers = await callAll(
        harness,
        Array.from({ length: 20 }, () => call),
      );
      expect(answers.filter(isDone)).toHaveLength(1);
      expect(harness.simulator.writes()).toHaveLength(3);
      expect(harness.simulator.state.images.size).toBe(GATE_IMAGES.length - 3);
    },
  );

  test.each(VERSIONS)(
    "an accepted form does not confirm a later call with the same arguments, in %s",
    async (era) => {
      const harness = await open({ era });
      harness.person = (form, number) => (number === 1 ? yes(form) : no(form));
      const edit = GATE_CASES[2] as GateCase;
      expect(isDone(await knock(harness, edit))).toBe(true);
      const written = harness.simulator.writes().length;
      for (const image of GATE_IMAGES) harness.simulator.state.images.set(image.id, structuredClone(image));
      expect((await knock(harness, edit)).data["status"]).toBe("declined");
      expect((await knock(harness, GATE_CASES[0] as GateCase)).data["status"]).toBe("declined");
      expect(harness.simulator.writes()).toHaveLength(written);
      expect(harness.forms).toHaveLength(3);
    },
  );
});

test("no call changes anything without the user's choice in a form", ({ task }) => {
  expect(many(6)[0]?.id).toBe(FIRST);
  expect(knocks).toBeGreaterThan(2_000);
  task.meta.figures = { "calls without a person's yes": knocks, "writes that they brought about": 0 };
});
