/** The calls of the fault matrix, and the changes that they must make. */

import type { Action, Image } from "../../src/hcloud/types.ts";
import { BIN, binned, IN_A_WEEK, RESTORE } from "./bin.ts";
import { aged, DELETE, many, PLAN } from "./cleanup.ts";
import { EDIT, PROTECT, REMOVE, UPDATE } from "./forms-cases.ts";
import type { Harness } from "./harness.ts";

/** The parts of a harness that the fault matrix needs. */
export type Driven = Pick<Harness, "simulator" | "clock" | "events" | "call">;

export const FIRST = 1001;
export const SYSTEM_ID = 1008;
const [SECOND, THIRD, LOCKED, BACKUP, CREATING] = [1002, 1003, 1005, 1006, 1007] as const;
const [BINNED, HIDDEN] = [1009, 1010] as const;

const LABELS = { env: "prod", app: "shop" };
const HIDDEN_LABELS = { "bin/env": "prod", "bin/app": "shop" };

/** One image of each kind that matters. */
export const MATRIX_IMAGES: Image[] = [
  ...many(4, (i) => ({ labels: i < 3 ? LABELS : { env: "prod" } })),
  aged(LOCKED, 5, { protection: { delete: true } }),
  aged(BACKUP, 6, { type: "backup", bound_to: 42 }),
  aged(CREATING, 0, { status: "creating", image_size: null }),
  aged(BINNED, 8, { labels: binned("2026-12-24", LABELS) }),
  aged(HIDDEN, 9, { labels: binned("2026-12-24", HIDDEN_LABELS) }),
  aged(SYSTEM_ID, 99, { type: "system", name: "debian-12", created_from: null }),
];

const action = (id: number, image: number, status: string): Action => ({
  id,
  command: "create_image",
  status,
  progress: status === "success" ? 100 : 50,
  started: "2026-11-20T10:00:00Z",
  finished: status === "success" ? "2026-11-20T10:01:00Z" : null,
  resources: [{ id: image, type: "image" }],
  error: null,
});
const [ENDED, RUNNING] = [7, 8];
export const ACTIONS: Action[] = [action(ENDED, FIRST, "success"), action(RUNNING, CREATING, "running")];

export interface ExpectedChange {
  method: "PUT" | "POST" | "DELETE";
  /** The expected change of each image by id; null deletes the image. */
  images: Map<number, (image: Image) => Image | null>;
}

export interface MatrixCall {
  what: string;
  args: Record<string, unknown>;
  /** Undefined for reads. */
  change?: ExpectedChange;
  /** Returns the arguments of the call that makes the change; by default `args`. */
  confirmed?(harness: Driven): Promise<Record<string, unknown>>;
}

const to = (change: Partial<Image>) => (image: Image) => ({ ...image, ...change });
const gone = () => null;
const of = (ids: number[], become: (image: Image) => Image | null) => new Map(ids.map((id) => [id, become]));

/** Returns a call that is confirmed with the code of its preview. */
function asking(
  tool: string,
  what: string,
  args: Record<string, unknown>,
  change: ExpectedChange,
): MatrixCall {
  const confirmed = async ({ call }: Driven) => {
    const { confirm } = (await call(tool, args)).data;
    if (typeof confirm !== "string") throw new Error(`${tool} did not ask`);
    return { ...args, confirm };
  };
  return { what, args, change, confirmed };
}

const THREE = [FIRST, SECOND, THIRD];

/** Tools whose reads may take the call's whole time; in all others, reads before a change have 12 s. */
export const PATIENT_TOOLS = new Set([PLAN, DELETE, "hcloud_report_images", "hcloud_wait_for_image"]);

/** Calls by tool name; the fault matrix fails if a tool is missing. */
export const CALLS: Record<string, MatrixCall[]> = {
  [PLAN]: [{ what: "a policy", args: { keep_last: 1 } }],
  [DELETE]: [
    asking(DELETE, "three ids", { ids: THREE }, { method: "DELETE", images: of(THREE, gone) }),
    {
      what: "a plan",
      args: {},
      change: { method: "DELETE", images: of([SECOND, THIRD], gone) },
      async confirmed({ call }) {
        const { confirm, total } = (await call(PLAN, { keep_last: 1, label_selector: "app" })).data;
        return { confirm, count: total };
      },
    },
  ],
  [BIN]: [
    {
      what: "three ids, hidden",
      args: { ids: THREE, hide: true },
      change: put(THREE, binned(IN_A_WEEK, HIDDEN_LABELS)),
    },
    {
      what: "a plan",
      args: {},
      change: put([SECOND, THIRD], binned(IN_A_WEEK, LABELS)),
      async confirmed({ call }) {
        const { confirm, total } = (await call(PLAN, { keep_last: 1, label_selector: "app" })).data;
        return { plan: confirm, count: total };
      },
    },
  ],
  [RESTORE]: [{ what: "two ids", args: { ids: [BINNED, HIDDEN] }, change: put([BINNED, HIDDEN], LABELS) }],
  [EDIT]: [
    asking(
      EDIT,
      "one image",
      { ids: [FIRST], set: { env: "test" } },
      put([FIRST], { ...LABELS, env: "test" }),
    ),
    asking(EDIT, "three images", { ids: THREE, remove: ["app"] }, put(THREE, { env: "prod" })),
    {
      what: "a new label",
      args: { ids: [FIRST], set: { new: "1" } },
      change: put([FIRST], { ...LABELS, new: "1" }),
    },
  ],
  hcloud_report_images: [{ what: "by type", args: {} }],
  hcloud_wait_for_image: [
    { what: "an image", args: { id: FIRST } },
    { what: "an image that is being made", args: { id: CREATING } },
    { what: "an action", args: { action_id: RUNNING } },
  ],
  hcloud_list_images: [{ what: "snapshots", args: { type: ["snapshot"] } }],
  hcloud_get_image: [{ what: "a snapshot", args: { id: FIRST } }],
  [UPDATE]: [
    {
      what: "a description",
      args: { id: FIRST, description: "new" },
      change: { method: "PUT", images: of([FIRST], to({ description: "new" })) },
    },
    asking(UPDATE, "all labels", { id: FIRST, labels: { a: "b" } }, put([FIRST], { a: "b" })),
  ],
  [REMOVE]: [asking(REMOVE, "a snapshot", { id: FIRST }, { method: "DELETE", images: of([FIRST], gone) })],
  [PROTECT]: [
    { what: "on", args: { id: FIRST, delete: true }, change: protection(FIRST, true) },
    asking(PROTECT, "off", { id: LOCKED, delete: false }, protection(LOCKED, false)),
    { what: "on, by ids", args: { ids: [FIRST], delete: true }, change: protection(FIRST, true) },
    asking(PROTECT, "off, by ids", { ids: [LOCKED, FIRST], delete: false }, protection(LOCKED, false)),
  ],
  hcloud_list_image_actions: [{ what: "all", args: {} }],
  hcloud_get_image_action: [{ what: "one", args: { id: ENDED } }],
  hcloud_list_actions_for_image: [{ what: "of a snapshot", args: { id: FIRST } }],
  hcloud_get_action_for_image: [{ what: "of a snapshot", args: { id: FIRST, action_id: ENDED } }],
};

function put(ids: number[], labels: Record<string, string>): ExpectedChange {
  return { method: "PUT", images: of(ids, to({ labels })) };
}

function protection(id: number, on: boolean): ExpectedChange {
  return { method: "POST", images: of([id], to({ protection: { delete: on } })) };
}
