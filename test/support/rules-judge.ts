/** Judges every change that reaches the cloud by the operator's rules that were in the file when the server sent the change. */

import { rmSync, writeFileSync } from "node:fs";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept, RecordedRequest } from "../../src/simulator/http.ts";
import { BIN, RESTORE } from "./bin.ts";
import { idIn, isRead } from "./cleanup.ts";
import type { Harness } from "./harness.ts";
import {
  type Change,
  changeBy,
  countedGroup,
  DAY_MS,
  forbiddenBy,
  isCounted,
  isUsable,
  type RulesContent,
  rulesAbout,
  textOf,
} from "./rules-oracle.ts";
import { Senders } from "./senders.ts";

/** The maximum age of an image's read at its change, in ms. */
const IMAGE_AGE_MS = 1_000;
/** The maximum age of the reads of a group's kept images, in ms. */
const KEPT_AGE_MS = 2_000;

interface Call {
  tool: string;
  code: unknown;
  /** Contents of the file since the call began. */
  files: RulesContent[];
  /** Contents of the file up to the first counted change: the server has checked the limits before. */
  filesOfLimits?: RulesContent[];
  /** Ids that the limits count. */
  images: Set<number>;
}

/** The state when a request left. */
interface Seen {
  files: RulesContent[];
  /** The time in ms. */
  at: number;
}

export class RulesJudge {
  /** Changes that break a rule. */
  readonly wrong: string[] = [];
  /** Number of changes that a rule concerned and allowed, by rule. */
  readonly allowed = new Map<string, number>();
  writes = 0;

  #file: RulesContent;
  /** Files in force, including those replaced in this turn of the event loop: a change leaves one turn after its check. */
  #inForce: RulesContent[];
  readonly #open = new Set<Call>();
  readonly #reads = new Map<number, { image: Image; at: number }[]>();
  /** The file under which a code was issued, by code; null if the file changed during the call. */
  readonly #codes = new Map<unknown, string | null>();
  readonly #counted: number[] = [];
  /** Images that left their group, except by the server's deletions. */
  readonly #left: { group: string; at: number }[] = [];
  readonly #harness: Harness;
  readonly #path: string;
  readonly #senders = new Senders<Call, Seen>(() => ({ files: [...this.#inForce], at: this.#now }));

  constructor(harness: Harness, path: string, file: RulesContent) {
    this.#harness = harness;
    this.#path = path;
    this.#file = file;
    this.#inForce = [file];
  }

  close(): void {
    this.#senders.close();
  }

  replace(content: RulesContent): void {
    const text = textOf(content);
    if (text === null) rmSync(this.#path, { force: true });
    else writeFileSync(this.#path, text);
    this.#file = content;
    this.#inForce.push(content);
    for (const call of this.#open) call.files.push(content);
    setImmediate(() => {
      this.#inForce = this.#inForce.slice(this.#inForce.indexOf(content));
    });
  }

  /** Applies a change of another API client. */
  meddle(act: () => void): void {
    const groups = () => [...this.#images.values()].map((image) => [image.id, countedGroup(image)] as const);
    const before = groups();
    act();
    const after = new Map(groups());
    for (const [id, group] of before)
      if (group !== null && after.get(id) !== group) this.#left.push({ group, at: this.#now });
  }

  async call(tool: string, args: Record<string, unknown>): Promise<Awaited<ReturnType<Harness["call"]>>> {
    const call: Call = {
      tool,
      code: args["confirm"] ?? args["plan"],
      files: [this.#file],
      images: new Set(),
    };
    this.#open.add(call);
    const answer = await this.#senders.run(call, () => this.#harness.call(tool, args));
    this.#open.delete(call);
    const issued = answer.isError ? undefined : answer.data["confirm"];
    if (issued !== undefined) this.#codes.set(issued, call.files.length > 1 ? null : textOf(this.#file));
    return answer;
  }

  /** Returns an intercept that sees all requests; `before` runs first. */
  watch(before: (request: RecordedRequest) => void): Intercept {
    return (request, _, apply) => {
      before(request);
      const image = this.#images.get(idIn(request));
      if (isRead(request) && image) {
        const reads = this.#reads.get(image.id) ?? [];
        this.#reads.set(image.id, [...reads, { image, at: this.#now }]);
      }
      if (request.method === "GET") return;
      const sent = this.#senders.take(request);
      if (!sent) throw new Error(`${request.method} ${request.path} was sent by no call`);
      this.writes++;
      // The API refuses a change of a deleted image.
      if (!image) return;
      const { call, seen } = sent;
      const change = changeBy(request, call.tool === BIN || call.tool === RESTORE);
      for (const rule of this.#broken(change, image, call, seen))
        this.wrong.push(`${rule}: ${describe(request, image, call, seen)}`);
      const { status } = apply();
      if (status < 300) this.#note(change, image, call);
    };
  }

  get #images() {
    return this.#harness.simulator.state.images;
  }

  get #now() {
    return this.#harness.clock.wall();
  }

  #broken(change: Change, image: Image, call: Call, seen: Seen): string[] {
    // The server checks a protection only when the call begins.
    const files = change.kind === "protect" ? [...call.files, ...seen.files] : seen.files;
    if (!files.some(isUsable)) return ["a file that cannot be used"];
    return [
      ...this.#ofImage(change, image, seen),
      ...this.#ofGroup(change, image, call, seen),
      ...this.#callCodes(change, image, call),
    ];
  }

  /** Judges the image as one of its last reads returned it. */
  #ofImage(change: Change, image: Image, { files, at: sentAt }: Seen): string[] {
    const reads = (this.#reads.get(image.id) ?? []).filter(({ at }) => at >= sentAt - IMAGE_AGE_MS);
    if (reads.length === 0) return ["no read within a second"];
    const verdicts = files
      .filter(isUsable)
      .flatMap((rules) =>
        reads.map(({ image }) => ({ rules, broken: forbiddenBy(change, image, rules, sentAt) })),
      );
    const passed = verdicts.find(({ broken }) => broken.length === 0);
    for (const rule of passed ? rulesAbout(change, image, passed.rules) : [])
      this.allowed.set(rule, (this.allowed.get(rule) ?? 0) + 1);
    return passed ? [] : (verdicts[0]?.broken ?? []);
  }

  #ofGroup(change: Change, image: Image, call: Call, { files, at: sentAt }: Seen): string[] {
    const group = countedGroup(image);
    if (change.kind !== "delete" || group === null) return [];
    const others = [...this.#images.values()].filter(
      (one) => one.id !== image.id && countedGroup(one) === group,
    );
    const recently = this.#left.filter((one) => one.group === group && one.at >= sentAt - KEPT_AGE_MS);
    const left = others.length + recently.length;
    // The server reads the rule when the call begins.
    const rules = [call.files[0] ?? null, ...files].filter(isUsable);
    return rules.some(({ keep_at_least = 0 }) => left >= keep_at_least) ? [] : ["keep_at_least"];
  }

  #callCodes(change: Change, image: Image, call: Call): string[] {
    const broken: string[] = [];
    const [first = null] = call.files;
    if (isUsable(first) && first.tools?.includes(call.tool) === false) broken.push("tools");
    if (!isCounted(change, image)) return broken;
    call.filesOfLimits ??= [...call.files];
    const limits = call.filesOfLimits.filter(isUsable);
    const ofDay = this.#counted.filter((at) => at > this.#now - DAY_MS).length;
    const callCodes = new Set([...call.images, image.id]).size;
    if (limits.every(({ max_images_per_call: most = 1e9 }) => callCodes > most))
      broken.push("max_images_per_call");
    if (limits.every(({ max_images_per_day: most = 1e9 }) => ofDay + 1 > most))
      broken.push("max_images_per_day");
    const issued = this.#codes.get(call.code);
    if (typeof issued === "string" && !call.files.some((file) => textOf(file) === issued))
      broken.push("a code of other rules");
    return broken;
  }

  #note(change: Change, image: Image, call: Call): void {
    if (isCounted(change, image)) {
      call.images.add(image.id);
      // Changes count only while the file has the rule.
      const limits = call.filesOfLimits?.filter(isUsable) ?? [];
      if (limits.every((rules) => rules.max_images_per_day !== undefined)) this.#counted.push(this.#now);
    }
    const now = this.#images.get(image.id);
    const group = countedGroup(image);
    if (group !== null && now && countedGroup(now) !== group) this.#left.push({ group, at: this.#now });
  }
}

function describe({ method, path, body }: RecordedRequest, image: Image, { tool }: Call, { files }: Seen) {
  const { id, type, labels, created, created_from } = image;
  const seen = JSON.stringify({ id, type, labels, created, created_from });
  return `${method} ${path} ${body} by ${tool}, of ${seen}, under ${files.map(textOf).join(" or ")}`;
}
