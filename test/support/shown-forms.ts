/** Calls of each gated tool that show a form, over images with untrusted texts. */

import type { Image } from "../../src/hcloud/types.ts";
import { aged, codeOf, DELETE, EVERY_IMAGE, many, PLAN, planOf } from "./cleanup.ts";
import { type FormHarness, type FormOptions, type ShownForm, startForms } from "./forms.ts";
import { EDIT, PROTECT, REMOVE, UPDATE } from "./forms-cases.ts";

const ONE = 1001;
const [TWO, LOCKED, LOCKED_TOO, BACKUP, ONLY] = [1002, 1003, 1004, 1005, 1006] as const;

/** Texts in place of untrusted ones. */
export interface Texts {
  description?: string;
  server?: string;
  label?: string;
}

function project(texts: Texts) {
  const { description = "before checkout rewrite", server = "shop-1", label = "prod" } = texts;
  const oldServer = texts.server ?? "old-shop";
  const rest: Partial<Image> = {
    description,
    created_from: { id: 42, name: server },
    labels: { env: label, app: "shop" },
    image_size: 3.87,
  };
  return [
    aged(ONE, 30, rest),
    aged(TWO, 60, rest),
    aged(LOCKED, 90, { ...rest, protection: { delete: true } }),
    aged(LOCKED_TOO, 91, { ...rest, protection: { delete: true } }),
    aged(BACKUP, 5, { ...rest, type: "backup", bound_to: 42 }),
    aged(ONLY, 171, { ...rest, description: "last state", created_from: { id: 19, name: oldServer } }),
    ...many(30).map((image) => ({ ...image, ...rest, id: image.id + 1000, labels: { role: "web" } })),
  ];
}

const THIRTY = many(30).map(({ id }) => id + 1000);

interface Shown {
  what: string;
  tool: string;
  args(harness: FormHarness): Promise<Record<string, unknown>> | Record<string, unknown>;
}

export const SHOWN: Shown[] = [
  { what: "one image is deleted", tool: REMOVE, args: () => ({ id: ONE }) },
  {
    what: "thirty images are deleted by their ids",
    tool: DELETE,
    async args({ call }) {
      const { confirm } = (await call(DELETE, { ids: THIRTY })).data;
      return { confirm, count: THIRTY.length };
    },
  },
  {
    what: "images are deleted by a plan",
    tool: DELETE,
    async args({ call }) {
      const plan = await call(PLAN, { ...EVERY_IMAGE, label_selector: "role=web" });
      return { confirm: codeOf(plan), count: planOf(plan).total };
    },
  },
  {
    what: "the protection of one image is lifted",
    tool: PROTECT,
    args: () => ({ id: LOCKED, delete: false }),
  },
  {
    what: "the protection of several images is lifted",
    tool: PROTECT,
    args: () => ({ ids: [LOCKED, LOCKED_TOO], delete: false }),
  },
  {
    what: "labels of one image are overwritten and removed",
    tool: EDIT,
    args: () => ({ ids: [ONE], set: { env: "test" }, remove: ["app"] }),
  },
  {
    what: "labels of several images are overwritten and removed",
    tool: EDIT,
    args: () => ({ ids: [ONE, TWO, LOCKED], set: { env: "test" }, remove: ["app"] }),
  },
  { what: "all labels are replaced", tool: UPDATE, args: () => ({ id: ONE, labels: { env: "test" } }) },
  { what: "a description is cleared", tool: UPDATE, args: () => ({ id: ONE, description: "" }) },
  { what: "a backup becomes a snapshot", tool: UPDATE, args: () => ({ id: BACKUP, type: "snapshot" }) },
  {
    what: "a backup becomes a snapshot without labels and description",
    tool: UPDATE,
    args: () => ({ id: BACKUP, type: "snapshot", labels: {}, description: "" }),
  },
  { what: "the only image of a server is deleted", tool: REMOVE, args: () => ({ id: ONLY }) },
  {
    what: "images of several servers are deleted, all of one server",
    tool: DELETE,
    async args({ call }) {
      const ids = [TWO, ONLY, ...THIRTY.slice(0, 13)];
      return { confirm: (await call(DELETE, { ids })).data["confirm"], count: ids.length };
    },
  },
];

/** Returns the form that a call shows; throws unless the call shows one form and changes nothing. */
export async function show(
  { tool, args }: Shown,
  texts: Texts = {},
  options: FormOptions = {},
): Promise<ShownForm> {
  const harness = await startForms({ images: project(texts), ...options });
  harness.person = () => ({ reply: { action: "decline" }, ms: 5_000 });
  await harness.call(tool, await args(harness));
  const [form, ...more] = harness.forms;
  if (!form || more.length > 0) throw new Error(`${harness.forms.length} forms were shown`);
  if (harness.simulator.writes().length > 0) throw new Error("something was changed");
  return form;
}
