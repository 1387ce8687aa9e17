/** Hostile calls, other clients and an operator who replaces the rules: no write breaks a rule of docs/rules.md. */

import fc from "fast-check";
import { expect, type TestContext, test } from "vitest";
import { BIN } from "../support/bin.ts";
import { DELETE, PLAN } from "../support/cleanup.ts";
import { type Answer, startHarness } from "../support/harness.ts";
import { writeRulesFile } from "../support/rules.ts";
import { RulesJudge } from "../support/rules-judge.ts";
import { type RulesContent, textOf } from "../support/rules-oracle.ts";
import {
  type Happening,
  MEDDLING,
  type Sequence,
  type Step,
  sequence,
  type Wish,
} from "../support/rules-random.ts";

const RULES = [
  "never",
  "min_age_days",
  "keep_at_least",
  "max_images_per_call",
  "max_images_per_day",
  "delete",
  "unprotect",
  "tools",
];

const OTHER_RULES = "operator's rules have changed";
const UNUSABLE = "(rules_unusable)";

const figures = { sequences: 0, calls: 0, writes: 0 };
const allowed = new Map<string, number>();
const refused = new Map<string, number>();

const add = (counts: Map<string, number>, name: string, by = 1) =>
  counts.set(name, (counts.get(name) ?? 0) + by);

/** The rules by which a result refuses something. */
function noteRefusals({ text }: Answer): void {
  for (const rule of RULES) {
    if (text.includes(`rule ${rule}: `) || text.includes(`(${rule})`)) add(refused, rule);
  }
  if (text.includes("rules do not offer")) add(refused, "tools");
  if (text.includes(OTHER_RULES)) add(refused, OTHER_RULES);
  if (text.includes(UNUSABLE)) add(refused, UNUSABLE);
}

interface Confirmed {
  tool: string;
  args: Record<string, unknown>;
}

class Run {
  readonly #harness;
  readonly #judge: RulesJudge;
  readonly #files: readonly RulesContent[];
  /** Calls with every code that was issued, the newest last. */
  readonly #codes: Confirmed[] = [];

  private constructor(
    harness: Awaited<ReturnType<typeof startHarness>>,
    judge: RulesJudge,
    files: readonly RulesContent[],
  ) {
    this.#harness = harness;
    this.#judge = judge;
    this.#files = files;
  }

  static async of({ images, files, steps }: Sequence) {
    const [first = null] = files;
    const file = writeRulesFile(textOf(first) ?? "");
    const harness = await startHarness({ ...file, images, actionMs: 0 });
    const judge = new RulesJudge(harness, file.rulesFile, first);
    const self = new Run(harness, judge, files);
    for (const step of steps) {
      await self.#take(step);
      expect(judge.wrong).toEqual([]);
    }
    figures.writes += judge.writes;
    for (const [rule, count] of judge.allowed) add(allowed, rule, count);
    judge.close();
    await harness.mcp.close();
    await harness.simulator.close();
  }

  async #take({ wishes, between, during, pass }: Step): Promise<void> {
    const { clock, simulator } = this.#harness;
    clock.pass(pass);
    simulator.intercept = this.#judge.watch(() => undefined);
    const confirmed: Confirmed[] = [];
    for (const wish of wishes) confirmed.push(...(await this.#prepare(wish)));
    for (const happening of between) this.#happen(happening);
    clock.pass(1_100);
    let number = 0;
    simulator.intercept = this.#judge.watch(() => {
      for (const [at, happening] of during) if (at === number) this.#happen(happening);
      number++;
    });
    await Promise.all(confirmed.map(({ tool, args }) => this.#call(tool, args)));
  }

  async #call(tool: string, args: Record<string, unknown>): Promise<Answer> {
    const answer = await this.#judge.call(tool, args);
    figures.calls++;
    noteRefusals(answer);
    return answer;
  }

  /** Asks; returns the call that confirms it, or that needs no confirmation. */
  async #prepare(wish: Wish): Promise<Confirmed[]> {
    if ("again" in wish) {
      const known = this.#codes[wish.again % Math.max(1, this.#codes.length)];
      if (!known) return [];
      return [known.tool === DELETE ? { tool: DELETE, args: { ...known.args, count: wish.count } } : known];
    }
    const { tool, args: more, at } = wish;
    const all = [...this.#harness.simulator.state.images.keys()];
    const chosen = [...new Set(at.map((one) => all[one % all.length]))];
    const isSingle = tool.endsWith("_image");
    const args = { ...more, ...(isSingle ? { id: chosen[0] } : chosen.length > 0 && { ids: chosen }) };
    if (tool === BIN) return [{ tool, args }];
    const answer = await this.#call(tool, args);
    const { confirm, rows, preview } = answer.isError ? {} : (answer.data as Shown);
    if (confirm === undefined) return [];
    const shown = (preview?.rows ?? rows ?? []).map(([id]) => id);
    const call =
      tool === PLAN || tool === DELETE
        ? { tool: DELETE, args: { confirm, count: shown.length } }
        : { tool, args: { ...args, confirm } };
    this.#codes.push(call);
    // The code of a plan is for the bin as well.
    if (tool === PLAN && (at.length + shown.length) % 3 === 0)
      return [{ tool: BIN, args: { plan: confirm, count: shown.length } }];
    return [call];
  }

  #happen(happening: Happening): void {
    const { simulator, clock } = this.#harness;
    const { images } = simulator.state;
    if ("pass" in happening) clock.pass(happening.pass);
    else if ("file" in happening) this.#judge.replace(this.#files[happening.file] ?? null);
    else {
      const id = [...images.keys()][happening.at % Math.max(1, images.size)] ?? 0;
      const image = images.get(id);
      if (!image) return;
      const next = MEDDLING[happening.meddle]?.(image);
      this.#judge.meddle(() => (next ? images.set(id, next) : images.delete(id)));
    }
  }
}

interface Shown {
  confirm?: string;
  rows?: [number][];
  preview?: { rows?: [number][] };
}

test("no write violates an operator rule, whatever is called, changed or replaced", async (context: TestContext) => {
  const property = fc.asyncProperty(sequence, async (random) => {
    figures.sequences++;
    await Run.of(random);
  });
  await fc.assert(property, { seed: 20261129, numRuns: 1_000 });
  // Each rule had a say in changes that were made, and refused others.
  for (const rule of RULES) {
    expect(allowed.get(rule), rule).toBeGreaterThan(10);
    expect(refused.get(rule), rule).toBeGreaterThan(10);
  }
  for (const reason of [OTHER_RULES, UNUSABLE]) expect(refused.get(reason), reason).toBeGreaterThan(10);
  context.task.meta.figures = { "random sequences": figures.sequences };
}, 240_000);
