import { describe, expect, test } from "vitest";
import { start } from "../support/answers.ts";
import { isDelete, isRead, many, runEventLoop } from "../support/cleanup.ts";
import { ERAS, type Era, type FormHarness, startForms, yes } from "../support/forms.ts";
import { type Harness, readAnswer } from "../support/harness.ts";
import { ask, ENVELOPE, PREFIX } from "../support/modern.ts";
import { expectFreeSlots, SLOTS } from "../support/slots.ts";

const REMOVE = "hcloud_delete_image";
const IMAGES = many(3);
const [FIRST = 0] = IMAGES.map(({ id }) => id);

/** Lets the client cancel a call at one moment of it, and holds the API's answer there. */
type Moment = (harness: FormHarness, cancel: () => void) => void;

const holdRead: Moment = (harness, cancel) => {
  let reads = 0;
  harness.simulator.intercept = (request) => {
    if (!isRead(request) || harness.forms.length === 0 || ++reads > 1) return undefined;
    cancel();
    return "handled";
  };
};

const MOMENTS: Record<string, Moment> = {
  "while the form is open": (harness, cancel) => {
    harness.person = () => {
      cancel();
      return { reply: null, ms: 5_000 };
    };
  },
  "in the moment of the person's yes": (harness, cancel) => {
    harness.person = (form) => {
      cancel();
      return yes(form);
    };
  },
  "right after the person's yes": (harness, cancel) => {
    harness.person = (form) => {
      queueMicrotask(() => queueMicrotask(cancel));
      return yes(form);
    };
  },
  "while the image is read again": holdRead,
};

const HUNDRED = 100;
const OLDER = ERAS.filter((era) => era !== "2026-07-28");

/** Calls, and cancels at the moment; a later yes changes nothing. */
async function callAndCancel(harness: FormHarness, moment: Moment): Promise<void> {
  const stop = new AbortController();
  harness.forms.length = 0;
  harness.person = (form) => yes(form);
  moment(harness, () => stop.abort("enough"));
  await expect(harness.call(REMOVE, { id: FIRST }, { signal: stop.signal })).rejects.toThrow("enough");
  await runEventLoop();
  harness.simulator.intercept = undefined;
}

async function everythingStillWorks(harness: FormHarness): Promise<void> {
  const direct = async (name: string, args: Record<string, unknown> = {}) =>
    readAnswer(await harness.client.callTool({ name, arguments: args }));
  await expectFreeSlots({ simulator: harness.simulator, call: direct }, FIRST);
  harness.person = (form) => yes(form);
  harness.forms.length = 0;
  const { data } = await harness.call(REMOVE, { id: FIRST });
  expect(data["status"]).toBe("done");
  expect(harness.forms).toHaveLength(1);
  expect(harness.simulator.writes()).toHaveLength(1);
  expect([...harness.simulator.state.images.keys()]).not.toContain(FIRST);
}

const cases = OLDER.flatMap((era: Era) =>
  Object.entries(MOMENTS).map(([when, moment]) => ({ era, when, moment })),
);
// In the newest version no call is in progress while a form is open.
const again = { era: "2026-07-28" as const, when: "while the image is read again", moment: holdRead };

test.each([...cases, again])(
  "a hundred calls that are cancelled $when change nothing, and leave nothing behind, in $era",
  async ({ era, moment }) => {
    const harness = await startForms({ images: IMAGES, rateLimit: 1_000_000, era });
    let cancelled = 0;
    for (let i = 0; i < HUNDRED; i++) {
      await callAndCancel(harness, moment);
      cancelled++;
    }
    await runEventLoop();
    expect(harness.simulator.writes()).toEqual([]);
    const ends = () =>
      harness.events.map(({ outcome }) => outcome).filter((outcome) => outcome === "cancelled");
    await expect.poll(ends).toHaveLength(HUNDRED);
    await everythingStillWorks(harness);
    expect(cancelled).toBe(HUNDRED);
  },
);

test.each(ERAS)(
  "a deletion that is cancelled while it is sent is logged as possibly done, in %s",
  async (era) => {
    const harness = await startForms({ images: IMAGES, rateLimit: 1_000_000, era });
    const outcomes = () => harness.events.map(({ outcome }) => outcome);
    await callAndCancel(harness, ({ simulator }, cancel) => {
      simulator.intercept = (request, _, apply) => {
        if (!isDelete(request)) return undefined;
        apply();
        cancel();
        return "handled";
      };
    });
    expect(harness.simulator.writes()).toHaveLength(1);
    expect(outcomes()).toEqual(["asked", "answered", "confirmed", "cancelled"]);
    await expectFreeSlots(
      {
        simulator: harness.simulator,
        call: async (name, args = {}) => readAnswer(await harness.client.callTool({ name, arguments: args })),
      },
      IMAGES[1]?.id,
    );
    expect(harness.simulator.writes()).toHaveLength(1);
  },
);

describe("forms of 2026-07-28 that the client does not return", () => {
  const _meta = { ...ENVELOPE, [`${PREFIX}/clientCapabilities`]: { elicitation: { form: {} } } };
  const reply = { action: "accept", content: { choice: "delete" } };
  const knock = (harness: Harness, id = FIRST, more: object = {}) =>
    ask(harness, "tools/call", { name: REMOVE, arguments: { id }, ...more, _meta });

  async function takeForm(harness: Harness, id = FIRST): Promise<unknown> {
    const { resultType, requestState } = await knock(harness, id);
    expect(resultType).toBe("input_required");
    return requestState;
  }

  test("a hundred forms of 2026-07-28 that nobody returns change nothing, and the next form works", async () => {
    const harness = await start({ images: IMAGES });
    for (let i = 0; i < HUNDRED; i++) await takeForm(harness);
    const requestState = await takeForm(harness);
    harness.clock.pass(5_000);
    expect(harness.simulator.writes()).toEqual([]);
    const { structuredContent } = await knock(harness, FIRST, {
      requestState,
      inputResponses: { choice: reply },
    });
    expect(structuredContent).toMatchObject({ status: "done" });
    expect(harness.simulator.writes()).toHaveLength(1);
  });

  test("an interrupted form is shown again when the user comes back and only a form confirms", async () => {
    const harness = await start({ images: IMAGES, confirm: "form" });
    await takeForm(harness);
    harness.clock.pass(60_000);
    await takeForm(harness);
  });

  test("an interrupted form is shown again after the user has answered another form", async () => {
    const harness = await start({ images: IMAGES });
    await takeForm(harness);
    harness.clock.pass(3_600_000);
    const requestState = await takeForm(harness, IMAGES[1]?.id);
    harness.clock.pass(5_000);
    await knock(harness, IMAGES[1]?.id, { requestState, inputResponses: { choice: { action: "decline" } } });
    await takeForm(harness);
  });
});

test("a call that is cancelled while its form is open changes nothing, and returns its permit", ({
  task,
}) => {
  task.meta.figures = {
    "calls cancelled, one after the other, at each moment": HUNDRED,
    moments: Object.keys(MOMENTS).length,
    "slots free afterwards": SLOTS,
  };
});
