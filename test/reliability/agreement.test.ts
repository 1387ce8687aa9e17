import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import { failureCode, start } from "../support/answers.ts";
import { claimsUnchanged } from "../support/claims.ts";
import { idIn } from "../support/cleanup.ts";
import { answerAsGateway, applyThen, cut, lost, refuseWith } from "../support/cloud.ts";
import type { Harness } from "../support/harness.ts";
import { randomProject } from "../support/random-images.ts";
import "../support/figures.ts";

vi.setConfig({ testTimeout: 120_000 });

/** How old, in ms, what the server has read may be when a change arrives, and how long requests take here at most. */
const [READ_AGE, MAX_TRAVEL] = [1_000, 100];
/** The read and the change travel. */
const SLACK = 2 * MAX_TRAVEL;

/** The last two only of an edit that was made, and then overwritten or lost with its image. */
const CODES_AFTER_A_WRITE = ["outcome_unknown", "action_failed", "conflict", "not_found"];

const pass: Intercept = () => undefined;
const FAULTS = [
  ...Array<Intercept>(16).fill(pass),
  ...[lost, cut, answerAsGateway(502), refuseWith(409, "conflict"), refuseWith(429, "rate_limit_exceeded")],
  ...[
    refuseWith(423, "locked"),
    refuseWith(500, "server_error"),
    applyThen(lost),
    applyThen(answerAsGateway(504)),
  ],
];

type Meddling = (image: Image, images: Map<number, Image>) => Image | null;
const MEDDLING: (Meddling | undefined)[] = [
  ...Array<undefined>(5).fill(undefined),
  (image) => ({ ...image, protection: { delete: !image.protection.delete } }),
  (image) => ({ ...image, labels: { ...image.labels, keep: "" } }),
  (image) => ({ ...image, labels: {} }),
  (image) => ({ ...image, labels: { ...image.labels, env: "other" } }),
  (image) => ({ ...image, description: `${image.description}!` }),
  (image) => ({ ...image, status: "unavailable" }),
  (image) => ({ ...image, deleted: "2026-11-23T12:00:00Z" }),
  () => null,
];

/** What happens at one request: how long it travels, what it meets, and what another client does to which image before. */
const moments = fc.infiniteStream(
  fc.record({
    travel: fc.nat(MAX_TRAVEL),
    fault: fc.constantFrom(...FAULTS),
    meddle: fc.constantFrom(...MEDDLING),
    which: fc.nat(39),
  }),
);

interface Version {
  from: number;
  images: Map<number, Image>;
}

/** The project over time, and the changes that this server made to it. */
function observe({ simulator, clock }: Harness, stream: Iterator<Moment>) {
  const { state } = simulator;
  const versions: Version[] = [];
  const changes: { method: string; id: number; at: number; before: Image; after: Image | undefined }[] = [];
  const note = () => void versions.push({ from: clock.now(), images: new Map(state.images) });
  note();
  simulator.intercept = (request, response, apply) => {
    const moment = stream.next().value as Moment;
    clock.pass(moment.travel);
    const ids = [...state.images.keys()];
    const id = ids[moment.which % Math.max(1, ids.length)];
    const image = id === undefined ? undefined : state.images.get(id);
    if (image && moment.meddle) {
      const next = moment.meddle(image, state.images);
      if (next) state.images.set(image.id, next);
      else state.images.delete(image.id);
      note();
    }
    const noting = () => {
      const target = idIn(request);
      const before = state.images.get(target);
      const reply = apply();
      const after = state.images.get(target);
      if (request.method !== "GET" && before && reply.status < 300) {
        changes.push({ method: request.method, id: target, at: clock.now(), before, after });
        note();
      }
      return reply;
    };
    if (moment.fault(request, response, noting) === "handled") return "handled";
    const { status, headers, body } = noting();
    response.writeHead(status, headers).end(body === undefined ? undefined : JSON.stringify(body));
    return "handled";
  };
  /** The states that the project was in during the last `ms` before `at`. */
  const within = (at: number, ms: number) =>
    versions.filter(({ from }, i) => from <= at && (versions[i + 1]?.from ?? at) >= at - ms);
  return { changes, within };
}

interface Moment {
  travel: number;
  fault: Intercept;
  meddle: Meddling | undefined;
  which: number;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** A call that asks, its confirmation, and what it may do to an image that is as it was shown. */
const GATED: {
  tool: string;
  args: (id: number) => object;
  allowed: (image: Image) => Image | undefined;
  isDone: (image: Image | undefined) => boolean;
  /** Whether nothing needs to be agreed to. */
  losesNothing: (seen: Image) => boolean;
}[] = [
  {
    tool: "hcloud_delete_image",
    args: (id) => ({ id }),
    allowed: () => undefined,
    isDone: (image) => image === undefined,
    losesNothing: () => false,
  },
  {
    tool: "hcloud_update_image",
    args: (id) => ({ id, labels: { a: "b" }, description: "new" }),
    allowed: (image) => ({ ...image, labels: { a: "b" }, description: "new" }),
    isDone: (image) => image?.description === "new",
    losesNothing: ({ labels }) => Object.keys(labels).length === 0,
  },
  {
    tool: "hcloud_edit_image_labels",
    args: (id) => ({ ids: [id], set: { env: "x" }, remove: ["role"] }),
    allowed({ labels: { role: _, ...labels }, ...image }) {
      return { ...image, labels: { ...labels, env: "x" } };
    },
    isDone: (image) => image?.labels["env"] === "x",
    losesNothing: ({ labels: { env = "x", role } }) => env === "x" && role === undefined,
  },
  {
    tool: "hcloud_change_image_protection",
    args: (id) => ({ id, delete: false }),
    allowed: (image) => ({ ...image, protection: { delete: false } }),
    isDone: (image) => image?.protection.delete === false,
    losesNothing: () => false,
  },
  {
    tool: "hcloud_change_image_protection",
    args: (id) => ({ ids: [id], delete: false }),
    allowed: (image) => ({ ...image, protection: { delete: false } }),
    isDone: (image) => image?.protection.delete === false,
    losesNothing: () => false,
  },
];

test("changes an image only from a state that a preview showed, whatever other clients do in between", async ({
  task,
}) => {
  const counted = { runs: 0, changed: 0 };
  await fc.assert(
    fc.asyncProperty(
      randomProject,
      moments,
      fc.constantFrom(...GATED),
      fc.nat(39),
      async (images, stream, gated, n) => {
        const image = images[n % Math.max(1, images.length)];
        if (!image) return;
        const harness = await start({ images, callMs: 3_600_000, actionMs: 0 });
        const args = gated.args(image.id);
        const asked = await harness.call(gated.tool, { ...args });
        if (asked.isError || asked.data["status"] !== "confirmation_required") return;
        const { changes, within } = observe(harness, stream[Symbol.iterator]());
        const answer = await harness.call(gated.tool, { ...args, confirm: asked.data["confirm"] });
        counted.runs++;
        for (const { method, id, at, before, after } of changes) {
          counted.changed++;
          expect(id).toBe(image.id);
          const shown = within(at, READ_AGE + SLACK).flatMap(({ images }) => images.get(id) ?? []);
          const agreed = shown.filter((seen) => same(seen, image) || gated.losesNothing(seen));
          expect(agreed.length, `${gated.tool} ${JSON.stringify([image, before])}`).toBeGreaterThan(0);
          const results = agreed.map((seen) => gated.allowed(seen)?.labels);
          if (after && method === "PUT")
            expect(
              results.some((labels) => same(sorted(labels), sorted(after.labels))),
              JSON.stringify([gated.tool, results, before.labels, after.labels]),
            ).toBe(true);
        }
        if (answer.isError && changes.length > 0) {
          expect(claimsUnchanged(answer.text)).toBe(false);
          expect(CODES_AFTER_A_WRITE).toContain(failureCode(answer));
        }
        // After a lost response the image decides, whichever client changed it; an edit that another client made needs no write.
        const isDone = !answer.isError && answer.data["status"] === "done";
        if (isDone && changes.length === 0) {
          const wanted = ({ images }: Version) => {
            const now = images.get(image.id);
            return gated.isDone(now?.deleted ? undefined : now);
          };
          expect(within(harness.clock.now(), Number.MAX_SAFE_INTEGER).some(wanted), answer.text).toBe(true);
        }
      },
    ),
    { numRuns: 300, seed: 20_261_124 },
  );
  task.meta.figures = counted;
});

const sorted = (labels: Record<string, string> | undefined) => Object.entries(labels ?? {}).toSorted();
