/** A project under faults: its state, the changes that the cloud applied, and the claims of results. */

import type { Image } from "../../src/hcloud/types.ts";
import type { FaultRule } from "../../src/simulator/faults.ts";
import { start, TOKEN } from "./answers.ts";
import type { Answer, HarnessOptions } from "./harness.ts";
import { ACTIONS, type Driven, type ExpectedChange, MATRIX_IMAGES, SYSTEM_ID } from "./matrix-calls.ts";
import { TOO_LARGE_BYTES } from "./matrix-faults.ts";

/** Time limits of an attempt and of an attempt of a quick read, in ms; the last is the real time that stands for them. */
const [TRY_MS, QUICK_TRY_MS, REAL_TRY_MS] = [20_000, 5_000, 200];
const [CALL_MS, WRITE_MS] = [45_000, 35_000];

export interface Project {
  harness: Driven;
  /** Lines such as `PUT /images/1` of the changes that the cloud applied since `fail`. */
  applied: string[];
  /** Restores the project's first state. */
  reset(): void;
  /**
   * Applies the rules from now on. Faults that wait move the clock by the time limit of an attempt. Connections that are refused
   * once are accepted again after the first sleep.
   */
  fail(rules: readonly FaultRule[], how: How): void;
  /** Lets a person read for this time, in ms, which does not count as the call's time. */
  read(ms: number): void;
  /** Returns the longest time since `fail` that the call took without a person, in s. */
  longestWork(): number;
  /** Ends all faults. */
  heal(): Promise<void>;
  images(): Map<number, Image>;
}

interface How {
  waits?: boolean | undefined;
  once: boolean;
  /** Reads before a change may also take the call's whole time. */
  isPatient: boolean;
}

/** Starts the project; with `waits`, attempts end early, for faults without a response. */
export async function startProject(
  waits: boolean,
  startDriven: (options: HarnessOptions) => Promise<Driven> = start,
): Promise<Project> {
  const limits = {
    responseBytes: TOO_LARGE_BYTES - 1,
    ...(waits && { attemptMs: REAL_TRY_MS, headersMs: 0, bodyMs: 0 }),
  };
  const harness = await startDriven({ images: MATRIX_IMAGES, limits });
  const { simulator, clock } = harness;
  let recovers = false;
  let [began, longest] = [0, 0];
  clock.onSlept = () => (recovers ? simulator.listen() : undefined);
  const project: Project = {
    harness,
    applied: [],
    reset() {
      const { state } = simulator;
      state.images = new Map(MATRIX_IMAGES.map((image) => [image.id, structuredClone(image)]));
      state.actions = new Map(ACTIONS.map((action) => [action.id, structuredClone(action)]));
      state.bucket.tokens = state.bucket.limit;
      simulator.requests.length = 0;
    },
    fail(rules, { waits, once, isPatient }) {
      [began, longest] = [clock.now(), 0];
      let wasChangeSent = false;
      project.applied = [];
      recovers = once;
      simulator.inject(rules);
      const spoil = simulator.intercept;
      simulator.intercept = (request, response, apply) => {
        wasChangeSent ||= request.method !== "GET";
        let noted = false;
        const noting = () => {
          const reply = apply();
          if (!noted && request.method !== "GET" && reply.status < 300)
            project.applied.push(`${request.method} ${request.path}`);
          noted = true;
          return reply;
        };
        const spoilt = spoil?.(request, response, noting);
        if (spoilt !== "handled") return void noting();
        const left = began + (request.method === "GET" ? CALL_MS : WRITE_MS) - clock.now();
        if (waits && !response.destroyed && !response.socket?.destroyed)
          clock.pass(Math.max(0, Math.min(isPatient || wasChangeSent ? TRY_MS : QUICK_TRY_MS, left)));
        return spoilt;
      };
    },
    read(ms) {
      longest = project.longestWork() * 1000;
      began = clock.now() + ms;
    },
    longestWork: () => Math.max(longest, clock.now() - began) / 1000,
    async heal() {
      simulator.inject([]);
      await simulator.listen();
      // The time lets running actions end.
      clock.pass(10_000);
      const answer = await harness.call("hcloud_wait_for_image", { id: SYSTEM_ID });
      if (answer.isError) throw new Error(`the next call failed: ${answer.text}`);
    },
    images: () => new Map(simulator.state.images),
  };
  return project;
}

/** What a result claims about an image; `gone`: the API has no such image. */
export type Claim = "done" | "under way" | "untouched" | "unknown" | "gone" | "silent";

/** Returns what a sentence claims about an image. */
function claimOf(sentence: string): Claim {
  if (/\b(outcome is unknown|may or may not)\b/.test(sentence) && sentence.includes("hcloud_get_image"))
    return "unknown";
  if (sentence.startsWith("There is no such image")) return "gone";
  if (/^The labels of image \d+ were edited,/.test(sentence)) return "done";
  return /\b[Nn]othing was (changed|sent|deleted)\b|\bis unchanged\b/.test(sentence) ? "untouched" : "silent";
}

interface Told {
  status?: string;
  /** For a single deletion an object, which claims no more than the status. */
  deleted?: number[];
  binned?: number[];
  restored?: number[];
  rows?: unknown[][];
  skipped?: { id: number; why: string }[];
  failed?: { id: number; why: string }[];
  remaining?: number;
  next?: string;
}

/** Returns what a result claims about each image of the change. */
export function claimsOf(answer: Answer, { images }: ExpectedChange): Map<number, Claim> {
  const ids = [...images.keys()];
  const all = (claim: Claim) => new Map(ids.map((id) => [id, claim]));
  if (answer.isError) return all(claimOf(answer.text));
  const { status, rows, skipped = [], failed = [], remaining, ...told } = answer.data as Told;
  const changed = told.deleted ?? told.binned ?? told.restored;
  if (status === "confirmation_required") return all("untouched");
  if (status === "running") return all("under way");
  if (!Array.isArray(changed) && !rows) return all("done");
  const claims = new Map<number, Claim>(
    ids.map((id) => [id, remaining === undefined ? "silent" : "untouched"]),
  );
  for (const { id, why } of failed) claims.set(id, claimOf(why));
  for (const { id, why } of skipped) claims.set(id, why === "already gone" ? "done" : "untouched");
  for (const id of Array.isArray(changed) ? changed : []) claims.set(id, "done");
  for (const [id, , state] of rows ?? []) claims.set(Number(id), state === "running" ? "under way" : "done");
  return claims;
}

const PIECES = Array.from({ length: TOKEN.length - 7 }, (_, i) => TOKEN.slice(i, i + 8));

/** Counts the pieces of the token in a text. */
export function piecesOfToken(text: string): number {
  return PIECES.filter((piece) => text.includes(piece)).length;
}
