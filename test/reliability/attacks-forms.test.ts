import { describe, expect, test } from "vitest";
import { expectFailure } from "../support/answers.ts";
import { NOTHING_CHANGED } from "../support/claims.ts";
import { aged, DELETE } from "../support/cleanup.ts";
import { lost } from "../support/cloud.ts";
import { accepting, agreeing, formOf, NO_FORMS, startStates } from "../support/form-state.ts";
import { ERAS, no, startForms, yes } from "../support/forms.ts";
import { BACKUP, FIRST, IMAGES, LOCKED, PROTECT, REMOVE, SECOND, UPDATE } from "../support/forms-cases.ts";

const ID = { id: FIRST };
const keeping = (requestState: unknown) => ({
  requestState,
  inputResponses: { choice: accepting("keep") },
});

describe("a declined form of 2026-07-28", () => {
  test.each([
    [REMOVE, ID],
    [PROTECT, { id: LOCKED, delete: false }],
    [UPDATE, { id: BACKUP, type: "snapshot" }],
  ])("a declined form counts after its form was given up and %s got a code", async (tool, args) => {
    const { send, clock, simulator } = await startStates();
    const { state } = formOf(await send(tool, args));
    clock.pass(40_000);
    const { data } = await send(tool, args);
    clock.pass(5_000);
    expect((await send(tool, args, keeping(state))).data["status"]).toBe("declined");
    const { opened } = await send(tool, { ...args, confirm: data["confirm"] });
    expect(opened).toBeDefined();
    expect(simulator.writes()).toEqual([]);
  });

  test("a declined form counts after it has expired, and ends the rest of a deletion that was accepted before", async () => {
    const { send, open, clock, simulator } = await startStates({ rateLimit: 1_000_000 });
    const { confirm } = (await send(DELETE, { ids: [FIRST, SECOND] })).data;
    const form = await open(DELETE, { confirm, count: 2 });
    // Nothing can be deleted in time.
    simulator.intercept = ({ method, path }) => {
      if (method === "GET" && path.startsWith("/images/")) clock.pass(1_500);
      return undefined;
    };
    const rest = (await send(DELETE, { confirm, count: 2 }, agreeing(form))).data;
    simulator.intercept = undefined;
    expect(rest).toMatchObject({ deleted: [], remaining: 2 });
    const { state } = formOf(await send(REMOVE, ID));
    clock.pass(10 * 60_000);
    expect((await send(REMOVE, ID, keeping(state))).data["status"]).toBe("declined");
    const { opened } = await send(DELETE, { confirm: rest["confirm"], count: rest["remaining"] });
    expect(opened).toBeDefined();
    expect(simulator.writes()).toEqual([]);
  });

  test("a declined form counts in a request without forms", async () => {
    const { send, open, simulator } = await startStates();
    const { state } = await open(REMOVE, ID);
    await send(REMOVE, ID, keeping(state));
    for (const args of [ID, { ...ID, confirm: "any" }]) {
      expectFailure(await send(REMOVE, args, {}, NO_FORMS), "form_unavailable", NOTHING_CHANGED);
    }
    expect(simulator.writes()).toEqual([]);
  });
});

describe.each(ERAS)("in %s", (era) => {
  test("a form after a changed target states the change, even where no other line shows it", async () => {
    const labels = { app: "shop", env: "prod", owner: "team-checkout", region: "nbg1-dc3" };
    const { call, forms, simulator } = await startForms({
      era,
      images: [aged(FIRST, 3, { labels })],
      person(form, number) {
        const image = simulator.state.images.get(FIRST);
        if (number === 1 && image) image.labels = { ...labels, "do-not-delete": "" };
        return number === 1 ? yes(form) : no(form);
      },
    });
    expect((await call(REMOVE, ID)).data["status"]).toBe("declined");
    expect(forms[1]?.message.replace(/\s+/g, " ")).toMatch(/^Changed since you answered: .*'do-not-delete'/);
    expect(simulator.writes()).toEqual([]);
  });

  test("a form shows the first former name of an image that was renamed without a question", async () => {
    const was = "PROD database, do not delete";
    const { call, forms } = await startForms({
      era,
      images: [aged(FIRST, 400, { description: was })],
      person: (form) => no(form),
    });
    for (const description of ["something else", "tmp of May, safe to delete"])
      expect((await call(UPDATE, { id: FIRST, description })).data["status"]).toBe("done");
    await call(REMOVE, ID);
    await call(UPDATE, { id: FIRST, description: was });
    await call(REMOVE, ID);
    const [renamed, restored] = forms.map(({ message }) => message);
    expect(renamed).toContain(`- ${FIRST} was called "${was}" before a rename`);
    expect(restored).toContain('was called "tmp of May, safe to delete" before a rename');
  });

  test("a form shows the former name of an image when the outcome of its renaming is unknown", async () => {
    const was = "PROD database, do not delete";
    const { call, forms, simulator } = await startForms({
      era,
      images: [aged(FIRST, 400, { description: was })],
      person: (form) => no(form),
    });
    simulator.intercept = (request, response, apply) =>
      request.method === "PUT" ? lost(request, response, apply) : undefined;
    const { text } = await call(UPDATE, { id: FIRST, description: "tmp of May, safe to delete" });
    expect(text).toContain("(outcome_unknown");
    simulator.intercept = undefined;
    // It takes effect after all.
    const image = simulator.state.images.get(FIRST);
    if (image) image.description = "tmp of May, safe to delete";
    await call(REMOVE, ID);
    expect(forms[0]?.message).toContain(`- ${FIRST} was called "${was}" before a rename`);
  });

  test("an update asks before it replaces a description with one that looks empty", async () => {
    const { call, forms, simulator } = await startForms({
      era,
      images: IMAGES,
      person: (form) => no(form),
    });
    await call(UPDATE, { id: FIRST, description: "\u200b" });
    expect(forms[0]?.message).toMatch(/^Clear the description/);
    expect(simulator.writes()).toEqual([]);
  });

  test("a declined form counts although the audit file cannot be written", async () => {
    let isFull = false;
    const { call, simulator } = await startForms({
      era,
      images: IMAGES,
      auditFailure: () => (isFull ? "ENOSPC" : null),
      person(form) {
        isFull = true;
        return no(form);
      },
    });
    expect((await call(REMOVE, ID)).data["status"]).toBe("declined");
    expect(simulator.writes()).toEqual([]);
  });

  test("a code whose images are all deleted is refused before any form, and remains valid", async () => {
    const { call, forms } = await startForms({ era, images: IMAGES });
    const { confirm } = (await call(DELETE, { ids: [FIRST, LOCKED] })).data;
    expectFailure(await call(DELETE, { confirm, ids: [LOCKED] }), "invalid_input");
    expect(forms).toEqual([]);
    expect((await call(DELETE, { confirm, ids: [FIRST] })).data["deleted"]).toEqual([FIRST]);
  });

  test("a form shows the name of a context completely", async () => {
    const context = "staging;production";
    const { call, forms } = await startForms({ era, images: IMAGES, context, person: (form) => no(form) });
    await call(REMOVE, ID);
    const message = forms[0]?.message.replace(/\s+/g, " ");
    expect(message).toContain(`context '${context}' of the hcloud CLI`);
  });

  test("untrusted text begins no line of a form", async () => {
    const description = "nightly-copy-2025 Project: DEMO, simulated.";
    const { call, forms } = await startForms({
      era,
      images: [aged(FIRST, 3, { description, created_from: { id: 1, name: "w".repeat(30) } })],
      person: (form) => no(form),
    });
    await call(REMOVE, ID);
    const lines = (forms[0]?.message ?? "").split("\n");
    for (const line of lines) expect((line.match(/"/g) ?? []).length % 2, line).toBe(0);
  });
});
