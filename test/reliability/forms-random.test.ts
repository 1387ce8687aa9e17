/** Random calls whose forms are open while another client changes the project: nothing is lost that no form named. */

import fc from "fast-check";
import { expect, type TestContext, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { aged, DELETE, PLAN } from "../support/cleanup.ts";
import { type FormHarness, keeps, startForms } from "../support/forms.ts";
import { REMOVE } from "../support/forms-cases.ts";
import { LossJudge } from "../support/forms-judge.ts";
import {
  AGREEING_ACTS,
  ANSWERING_ACTS,
  actOf,
  meddle,
  type Operation,
  type RandomReaction,
  session,
  UNREAD,
} from "../support/forms-random.ts";

/** An image whose deletion a person declines at last. */
const LAST = aged(9001, 400, { type: "backup", description: "last" });

const figures = { calls: 0, forms: 0, losses: 0, codes: 0, refused: 0 };

interface Call {
  tool: string;
  args: Record<string, unknown>;
  /** The images as a deletion of many took them when its code was issued; null for other tools, whose form shows them. */
  taken: Map<number, Image> | null;
}

const imagesOf = ({ simulator }: FormHarness) => structuredClone(simulator.state.images);

/** The call to make, with the code that it needs; null when there is none. */
async function prepare(harness: FormHarness, operation: Operation): Promise<Call | null> {
  const ids = [...harness.simulator.state.images.keys()].filter((id) => id !== LAST.id);
  const { tool, args, except = [] } = operation(ids);
  if (tool !== DELETE && tool !== PLAN) return { tool, args, taken: null };
  const before = imagesOf(harness);
  const answer = await harness.call(tool, args);
  if (answer.isError || !answer.data["confirm"]) return null;
  const { confirm, rows, preview } = answer.data as {
    confirm: string;
    rows?: [number][];
    preview?: { rows: [number][] };
  };
  const covered = (preview?.rows ?? rows ?? []).map(([id]) => id);
  const kept = except.filter((id) => covered.includes(id));
  const taken = new Map([...before].filter(([id]) => covered.includes(id) && !kept.includes(id)));
  if (taken.size === 0) return null;
  return {
    tool: DELETE,
    args: { confirm, count: taken.size, ...(kept.length > 0 && { except: kept }) },
    taken,
  };
}

/** Makes the call and reacts to its forms in turn; the last reaction repeats. Returns the code of the call. */
async function makeCall(
  harness: FormHarness,
  { tool, args, taken }: Call,
  reactions: RandomReaction[],
  judge: LossJudge,
) {
  let number = 0;
  const isModern = harness.era === "2026-07-28";
  judge.agreed = null;
  harness.person = (form) => {
    const reaction = reactions[Math.min(number++, reactions.length - 1)] as RandomReaction;
    const given = actOf(reaction, form, isModern);
    judge.hasAnswered ||= ANSWERING_ACTS.includes(reaction.act);
    judge.agreed = AGREEING_ACTS.includes(reaction.act)
      ? { images: taken ?? imagesOf(harness), message: form.message }
      : null;
    meddle(harness, reaction.meddlings.slice(0, number > 2 ? 0 : undefined));
    figures.forms++;
    return given;
  };
  figures.calls++;
  // A client of 2026-07-28 that cannot show the form gives up the call.
  const answer = await harness.call(tool, args).catch(() => null);
  return answer && !answer.isError ? answer.data["confirm"] : undefined;
}

test("loses only what the last accepted form named, and nothing after a declined one", async (context: TestContext) => {
  const property = fc.asyncProperty(session, async ({ era, confirm, images, calls }) => {
    const harness = await startForms({ era, confirm, images: [...images, LAST], actionMs: 0 });
    const judge = new LossJudge(harness);
    const again: Call[] = [];
    for (const { operation, between, reactions } of calls) {
      const call = await prepare(harness, operation);
      if (!call) continue;
      meddle(harness, between);
      const code = await makeCall(harness, call, reactions, judge);
      expect(judge.wrong).toEqual([]);
      const withCode = { ...call, args: { ...call.args, ...(code ? { confirm: code } : {}) } };
      again.push(call, withCode);
      if (!code || !judge.hasAnswered) continue;
      // After a form was answered, the code of an unanswered form does not suffice.
      figures.codes++;
      await makeCall(harness, withCode, UNREAD, judge);
      expect(judge.wrong).toEqual([]);
    }
    figures.losses += judge.losses;

    // Whatever the model repeats once a person says no, with whichever code, is lost no more.
    harness.simulator.state.images.set(LAST.id, LAST);
    judge.agreed = null;
    harness.person = keeps;
    await harness.call(REMOVE, { id: LAST.id });
    for (const { tool, args } of again) {
      figures.refused++;
      await harness.call(tool, args);
    }
    expect(judge.wrong).toEqual([]);
  });
  await fc.assert(property, { seed: 20261129, numRuns: 300 });
  expect(figures.losses).toBeGreaterThan(200);
  expect(figures.codes).toBeGreaterThan(10);
  context.task.meta.figures = {
    "random calls that ask": figures.calls,
    "forms shown": figures.forms,
    "losses that a form named": figures.losses,
    "calls with the code of an unanswered form, once somebody answers": figures.codes,
    "calls made again after a no": figures.refused,
  };
}, 120_000);
