/** Errors of the tools themselves, because of the images' state or of changes by another API client. */

import { alter, CREATING, MISSING, PROTECTED, question, SNAPSHOT, SYSTEM, start } from "../answers.ts";
import { BIN, RESTORE } from "../bin.ts";
import { aged, codeOf, DELETE, isRead, PLAN } from "../cleanup.ts";
import { EDIT, PROTECT, REMOVE, UPDATE } from "../forms-cases.ts";
import { type Harness, type HarnessOptions, NOON } from "../harness.ts";
import { type ErrorSentence, readError, readReasons } from "./error-sentence.ts";

type Args = Record<string, unknown>;

async function refusedIn(
  options: HarnessOptions,
  ...calls: [tool: string, args: Args][]
): Promise<ErrorSentence[]> {
  const { call } = await start(options);
  const said: ErrorSentence[] = [];
  for (const [tool, args] of calls) said.push(readError(tool, await call(tool, args)));
  return said;
}

const HOUR_MS = 3_600_000;
const of = (id: number, name: string) => ({ created_from: { id, name } });

/** Collects the errors that the images' state causes. */
export async function collectImageErrors(): Promise<ErrorSentence[]> {
  const gone = "2026-11-01T00:00:00Z";
  return [
    ...(await refusedIn(
      {},
      [REMOVE, { id: SYSTEM }],
      [PROTECT, { id: SYSTEM, delete: true }],
      [REMOVE, { id: PROTECTED }],
      [DELETE, { ids: [PROTECTED, MISSING, SYSTEM, CREATING] }],
      [UPDATE, { id: SNAPSHOT, labels: { "hetzner.cloud/x": "1" } }],
      [EDIT, { ids: [SNAPSHOT], set: { "bin/due": "2026-12-01" } }],
      ["hcloud_list_images", { server: "web-" }],
      ["hcloud_report_images", { server: "nothing-like-it" }],
      [PLAN, { exclude_servers: "nothing-like-it", keep_last: 1 }],
      [PLAN, { keep_last: 1, group_by: "label:nobody" }],
      [PLAN, { policy: "nightly" }],
      [REMOVE, { id: MISSING }],
    )),
    ...(await refusedIn(
      {
        images: [
          aged(1, 1, of(42, "web-1")),
          aged(2, 2, of(7, "42")),
          aged(3, 3, { deleted: gone, status: "unavailable" }),
        ],
      },
      ["hcloud_list_images", { server: "42" }],
      [REMOVE, { id: 3 }],
      [DELETE, { ids: [3] }],
      ["hcloud_wait_for_image", { id: 3 }],
    )),
    ...(await refusedIn({ now: () => NOON + 2 * HOUR_MS }, [PLAN, { keep_last: 1 }])),
    ...(await refusedIn({ now: () => NOON - 2 * HOUR_MS }, [PLAN, { keep_last: 1 }])),
  ];
}

/** Collects the errors of arguments that come with a code. */
export async function collectCodeErrors(): Promise<ErrorSentence[]> {
  const images = [aged(1, 1), aged(2, 2), aged(3, 3), aged(4, 4)];
  const { call, simulator } = await start({ images });
  const plan = codeOf(await call(PLAN, { keep_last: 1 }));
  const { confirm } = question(await call(DELETE, { ids: [1, 2] }));
  alter({ simulator }, 4, { protection: { delete: true } });
  const some = question(await call(DELETE, { ids: [3, 4] })).confirm;
  const calls: [tool: string, args: Args][] = [
    [DELETE, {}],
    [DELETE, { confirm: "delete 3 snapshots #23456789abcd" }],
    [DELETE, { confirm }],
    [DELETE, { confirm, ids: [3] }],
    [DELETE, { confirm, except: [3], count: 1 }],
    [DELETE, { confirm, count: 5 }],
    [DELETE, { confirm, count: 5, except: [1] }],
    [DELETE, { confirm: some, ids: [4] }],
    [DELETE, { confirm: some, ids: [3, 4], count: 2 }],
    [BIN, { plan: "mistyped", count: 1 }],
    [BIN, { plan, count: 9 }],
    [BIN, { plan, ids: [SNAPSHOT] }],
    [PLAN, { plan, page: 9 }],
    [PLAN, { plan: confirm }],
  ];
  const said: ErrorSentence[] = [];
  for (const [tool, args] of calls) said.push(readError(tool, await call(tool, args)));
  return said;
}

/** Collects the errors of changes by another API client between two requests of a call. */
export async function collectConcurrencyErrors(): Promise<ErrorSentence[]> {
  return [
    ...(await changedWhileRead(REMOVE, { id: SNAPSHOT }, { description: "theirs" })),
    ...(await changedWhileRead(PROTECT, { id: SNAPSHOT, delete: false }, { protection: { delete: true } })),
    ...(await collectLabelConflicts()),
    ...(await collectActionErrors()),
  ];
}

/** Calls with the code of a preview if needed, while another API client changes the image before the second read. */
async function changedWhileRead(tool: string, args: Args, change: object): Promise<ErrorSentence[]> {
  const harness = await start();
  const { call, clock, simulator } = harness;
  const { confirm } = tool === REMOVE ? question(await call(tool, args)) : {};
  let reads = 0;
  simulator.intercept = (request) => {
    if (!isRead(request)) return;
    if (++reads === 1) clock.pass(600);
    else alter(harness, SNAPSHOT, change);
  };
  return [readError(tool, await call(tool, { ...args, ...(confirm && { confirm }) }))];
}

/** Collects the errors of an edit of labels that another API client undoes, or whose image it deletes. */
async function collectLabelConflicts(): Promise<ErrorSentence[]> {
  const args = { ids: [SNAPSHOT], set: { ours: "1" } };
  const edited = async (theirs: (harness: Harness, reads: number) => void) => {
    const harness = await start();
    let reads = 0;
    harness.simulator.intercept = (request) => {
      if (isRead(request)) theirs(harness, ++reads);
    };
    const answer = await harness.call(EDIT, args);
    return answer.isError ? [readError(EDIT, answer)] : readReasons(EDIT, answer, "failed");
  };
  const isWritten = ({ simulator }: Harness) => simulator.writes().length > 0;
  return [
    ...(await edited((harness, reads) => {
      if (reads === 2) alter(harness, SNAPSHOT, { labels: { ours: "theirs" } });
    })),
    ...(await edited((harness, reads) => {
      if (isWritten(harness)) alter(harness, SNAPSHOT, { labels: { theirs: String(reads) } });
    })),
    ...(await edited((harness) => {
      if (isWritten(harness)) harness.simulator.state.images.delete(SNAPSHOT);
    })),
  ];
}

/** Collects the error of an action that fails. */
async function collectActionErrors(): Promise<ErrorSentence[]> {
  const { call, simulator } = await start({ actionMs: 2_000 });
  const { actions } = simulator.state;
  simulator.intercept = ({ method }) => {
    const [action] = [...actions.values()].slice(-1);
    if (method !== "GET" || action?.pending === undefined) return;
    const { pending: _, ...rest } = action;
    actions.set(action.id, {
      ...rest,
      id: action.id,
      status: "error",
      error: { code: "action_failed", message: "no" },
    });
  };
  return [readError(PROTECT, await call(PROTECT, { id: SNAPSHOT, delete: true }))];
}

/** Collects the reasons why a bulk call skips images. */
export async function collectSkipReasons(): Promise<ErrorSentence[]> {
  const labels: Record<string, string>[] = [
    {},
    { keep: "" },
    { "bin/env": "prod" },
    { [`${"x".repeat(252)}/env`]: "prod" },
    { due: "" },
    { "bin/due": "2026-12-01" },
    { "bin/due": "2026-12-01", "bin/env": "prod", env: "dev" },
    { "bin/due": "2026-12-01", env: "prod" },
  ];
  const images = [
    ...labels.map((labels, i) => aged(1 + i, 1, { labels })),
    aged(9, 1, { status: "unavailable" }),
    aged(10, 1),
    aged(11, 1),
  ];
  const harness = await start({ images });
  const { call, simulator, clock } = harness;
  const skipped = async (tool: string, args: Args) => readReasons(tool, await call(tool, args), "skipped");
  const { confirm } = question(await call(DELETE, { ids: [1, 10, 11] }));
  alter(harness, 1, { description: "theirs" });
  alter(harness, 10, { protection: { delete: true } });
  simulator.state.images.delete(11);
  const said = [
    ...(await skipped(DELETE, { confirm, count: 3 })),
    ...(await skipped(BIN, { ids: [2, 3, 6, 9] })),
    ...(await skipped(BIN, { ids: [4, 5], hide: true })),
    ...(await skipped(RESTORE, { ids: [1, 3, 7, MISSING] })),
  ];
  let reads = 0;
  simulator.intercept = (request) => {
    if (!isRead(request)) return;
    if (++reads === 1) clock.pass(600);
    else alter(harness, 8, { labels: { "bin/due": "2026-12-02" } });
  };
  return [...said, ...(await skipped(RESTORE, { ids: [8] }))];
}
