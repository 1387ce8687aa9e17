/** Calls that their client cancels, and clients that go, while a form is open or about to be shown. */

import { describe, expect, test } from "vitest";
import { DELETE, runEventLoop } from "../support/cleanup.ts";
import {
  ERAS,
  type Era,
  type FormOptions,
  keeps,
  type ShownForm,
  startForms,
  yes,
} from "../support/forms.ts";
import { FIRST, FORM_CASES, IMAGES, REMOVE, SECOND } from "../support/forms-cases.ts";

const start = (options: FormOptions) => startForms({ images: IMAGES, actionMs: 0, ...options });

const isModern = (era: Era) => era === "2026-07-28";

describe.each(ERAS)("in %s", (era) => {
  describe.each(FORM_CASES)("$what", ({ tool, args }) => {
    test.each(["remains open", "is answered yes nevertheless"])(
      "a cancelled call changes nothing when its form %s",
      async (how) => {
        const harness = await start({ era });
        const { call, closed, simulator, events, clock } = harness;
        const called = await args(harness);
        events.length = 0;
        const cancel = new AbortController();
        harness.person = async (form) => {
          cancel.abort("no longer wanted");
          await runEventLoop();
          if (how === "remains open") return { reply: null, ms: 0 };
          clock.pass(5_000);
          return yes(form, 0);
        };
        const cancelled = call(tool, called, { signal: cancel.signal });
        await expect(cancelled).rejects.toThrow("no longer wanted");
        await runEventLoop();
        expect(closed).toEqual([1]);
        expect(simulator.writes()).toEqual([]);
        const outcomes = events.map(({ outcome }) => outcome);
        expect(outcomes).toEqual(isModern(era) ? ["asked"] : ["asked", "cancelled"]);
      },
    );

    test("a connection that closes while its form is open changes nothing", async () => {
      const harness = await start({ era });
      const { call, client, clock, simulator } = harness;
      const called = await args(harness);
      harness.person = async (form: ShownForm) => {
        await client.close();
        clock.pass(5_000);
        return yes(form, 0);
      };
      await expect(call(tool, called)).rejects.toThrow();
      await runEventLoop();
      expect(simulator.writes()).toEqual([]);
    });
  });

  test("a call after a cancelled one shows a form again, and works", async () => {
    const harness = await start({ era });
    const { call, forms } = harness;
    const cancel = new AbortController();
    harness.person = () => {
      cancel.abort("no longer wanted");
      return { reply: null, ms: 0 };
    };
    await expect(call(REMOVE, { id: FIRST }, { signal: cancel.signal })).rejects.toThrow();
    harness.person = (form) => yes(form);
    expect((await call(REMOVE, { id: FIRST })).data["status"]).toBe("done");
    expect(forms).toHaveLength(2);
  });

  test("a form of a cancelled call does not close the form of another call", async () => {
    const harness = await start({ era });
    const { call, client, closed, simulator } = harness;
    const cancel = new AbortController();
    let other: Promise<unknown> = Promise.resolve();
    harness.person = async (form, number) => {
      if (number === 2) return { reply: null, ms: 0 };
      other = client
        .callTool({ name: REMOVE, arguments: { id: SECOND } }, { signal: cancel.signal })
        .catch(() => undefined);
      await runEventLoop(500);
      cancel.abort("no longer wanted");
      await runEventLoop();
      return yes(form);
    };
    expect((await call(REMOVE, { id: FIRST })).data["status"]).toBe("done");
    await other;
    expect(closed).toEqual([2]);
    expect([simulator.state.images.has(FIRST), simulator.state.images.has(SECOND)]).toEqual([false, true]);
  });
});

const WITHOUT_TEXT = IMAGES.map((image) => ({ ...image, description: "" }));

describe.each(ERAS.flatMap((era) => [REMOVE, DELETE].map((tool) => [era, tool] as const)))(
  "in %s, %s that is cancelled while the prices are read",
  (era, tool) => {
    async function cancelled() {
      const harness = await start({ era, images: WITHOUT_TEXT, person: keeps });
      const { call, simulator, events } = harness;
      const { confirm } = (await call(DELETE, { ids: [FIRST, SECOND] })).data;
      events.length = 0;
      const cancel = new AbortController();
      simulator.intercept = ({ path }) => {
        if (path !== "/pricing") return undefined;
        cancel.abort("no longer wanted");
        return "handled";
      };
      const args = tool === REMOVE ? { id: FIRST } : { confirm, count: 2 };
      await expect(call(tool, args, { signal: cancel.signal })).rejects.toThrow();
      await runEventLoop(500);
      return harness;
    }

    test("a call that is cancelled while the prices are read shows no form", async () => {
      const { forms, simulator } = await cancelled();
      expect([forms, simulator.writes()]).toEqual([[], []]);
    });

    test("a call that is cancelled while the prices are read is not logged as shown to the user", async () => {
      const { events } = await cancelled();
      expect(events.map(({ outcome }) => outcome)).toEqual(["cancelled"]);
    });
  },
);
