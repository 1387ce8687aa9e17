/** Calls of every gated tool in each of its forms, and the requests that follow a person's yes. */

import type { Image } from "../../src/hcloud/types.ts";
import { aged, codeOf, DELETE, many, PLAN } from "./cleanup.ts";
import type { FormHarness } from "./forms.ts";

export const FIRST = 1001;
export const [SECOND, THIRD, FOURTH, LOCKED, BACKUP] = [1002, 1003, 1004, 1005, 1007] as const;
const LOCKED_TOO = 1006;

export const REMOVE = "hcloud_delete_image";
export const EDIT = "hcloud_edit_image_labels";
export const UPDATE = "hcloud_update_image";
export const PROTECT = "hcloud_change_image_protection";

const LABELS = { env: "prod", app: "shop" };

/** One image of each kind that matters. */
export const IMAGES: Image[] = [
  ...many(4, () => ({ labels: LABELS })),
  aged(LOCKED, 5, { protection: { delete: true }, labels: { env: "prod" } }),
  aged(LOCKED_TOO, 6, { protection: { delete: true } }),
  aged(BACKUP, 7, {
    type: "backup",
    bound_to: 42,
    labels: { env: "prod" },
    created_from: { id: 42, name: "web-1" },
  }),
];

type Args = Record<string, unknown>;

export interface FormCase {
  what: string;
  tool: string;
  /** Returns the arguments; a bulk deletion first needs the code that names its images. */
  args(harness: Pick<FormHarness, "call">): Promise<Args>;
  /** All changes as lines such as `DELETE /images/1001`, with their bodies, in order. */
  writes: string[];
}

const single = (what: string, tool: string, args: Args, writes: string[]): FormCase => ({
  what: `${tool}, ${what}`,
  tool,
  args: async () => args,
  writes: writes.sort(),
});

const bulk = (what: string, asked: [tool: string, args: Args], confirmed: Args, ids: number[]): FormCase => ({
  what: `${DELETE}, ${what}`,
  tool: DELETE,
  args: async ({ call }) => ({ confirm: codeOf(await call(...asked)), ...confirmed }),
  writes: ids.map((id) => `DELETE /images/${id}`),
});

const put = (id: number, body: Partial<Image>) => `PUT /images/${id} ${JSON.stringify(body)}`;
const unprotect = (id: number) => `POST /images/${id}/actions/change_protection {"delete":false}`;

const POLICY = { keep_last: 1, label_selector: "app" };
const THREE = [FIRST, SECOND, THIRD];

export const FORM_CASES: FormCase[] = [
  single("one image", REMOVE, { id: FIRST }, [`DELETE /images/${FIRST}`]),
  bulk("by ids", [DELETE, { ids: THREE }], { count: 3 }, THREE),
  bulk("some of the ids", [DELETE, { ids: THREE }], { ids: [FIRST, THIRD] }, [FIRST, THIRD]),
  bulk("by a plan", [PLAN, POLICY], { count: 3 }, [SECOND, THIRD, FOURTH]),
  bulk("by a plan, except one", [PLAN, POLICY], { count: 2, except: [THIRD] }, [SECOND, FOURTH]),
  single("one image", EDIT, { ids: [FIRST], set: { env: "test", new: "1" }, remove: ["app"] }, [
    put(FIRST, { labels: { env: "test", new: "1" } }),
  ]),
  single(
    "three images",
    EDIT,
    { ids: THREE, remove: ["app"] },
    THREE.map((id) => put(id, { labels: { env: "prod" } })),
  ),
  single("all labels", UPDATE, { id: FIRST, labels: { a: "b" } }, [put(FIRST, { labels: { a: "b" } })]),
  single("no description", UPDATE, { id: FIRST, description: "" }, [put(FIRST, { description: "" })]),
  single("a backup becomes a snapshot", UPDATE, { id: BACKUP, type: "snapshot" }, [
    put(BACKUP, { type: "snapshot" }),
  ]),
  single("off", PROTECT, { id: LOCKED, delete: false }, [unprotect(LOCKED)]),
  single("off, by ids", PROTECT, { ids: [LOCKED, FIRST, LOCKED_TOO], delete: false }, [
    unprotect(LOCKED),
    unprotect(LOCKED_TOO),
  ]),
];
