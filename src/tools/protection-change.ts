/** Changes the protection of one image, the only change that the API makes by an action. */

import { unwrap } from "../hcloud/change.ts";
import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Action, Image } from "../hcloud/types.ts";
import { ToolError } from "../tool-error.ts";
import { type ActionView, viewAction } from "../view/actions.ts";
import { errorIfChanged, refuseUnlessOwn } from "./shared.ts";

export interface ProtectionChange {
  /** Whether images are to be protected. */
  wanted: boolean;
  /** The images as a person saw them, by id; the protection of no other image is lifted. */
  shown: ReadonlyMap<number, Image>;
  /** When to stop waiting for an action, in the clock's ms. */
  until: number;
}

export type ProtectionResult = {
  status: "done" | "unchanged" | "running" | "incomplete";
  id: number;
  /** The protection as it was last read; missing when it is not known. */
  protection?: Image["protection"];
  action?: ActionView;
  next?: string;
};

/** Changes the protection. Throws {@link ToolError}, {@link HcloudError}, or the signal's reason when cancelled before a request. */
export async function changeProtection(
  id: number,
  { wanted, shown, until }: ProtectionChange,
  api: ImagesApi,
  onWait: (waited: number, atMost: number) => void = () => undefined,
): Promise<ProtectionResult> {
  const agreed = shown.get(id);
  // Only a new read may show that nothing is left to do.
  const base = agreed && agreed.protection.delete !== wanted ? agreed : await api.getRecentImage(id);
  refuseUnprotectable(base, wanted);
  if (base.protection.delete === wanted) {
    const next = `The image is ${protectionWord(wanted)} already; nothing was sent.`;
    return { status: "unchanged", id, protection: base.protection, next };
  }
  // The image was unprotected at the preview, and is protected now: nobody agreed to lift that.
  if (!wanted && !agreed)
    throw new ToolError(
      "conflict",
      `Image ${id} was protected by another client during this call. Nothing was changed. Call again for a preview.`,
    );
  const mismatch = (current: Image) => (agreed ? errorIfChanged(agreed, current) : null);
  const started = unwrap(await api.changeImageProtection(id, { delete: wanted }, { mismatch }));
  try {
    const ended = started && (await api.waitForAction(started, until, onWait));
    if (ended?.status === "error") throw actionFailed(ended, id);
    return await readResult(id, wanted, ended, api);
  } catch (error) {
    if (error instanceof ToolError || !api.signal.aborted) throw error;
    throw new HcloudError("outcome_unknown", "cancelled");
  }
}

/** Reads what the image shows after its action; `ended` is null when the response was lost. */
async function readResult(
  id: number,
  wanted: boolean,
  ended: Action | null,
  api: ImagesApi,
): Promise<ProtectionResult> {
  const action = ended && { action: viewAction(ended) };
  // A status that the API adds later does not say that the action is done.
  if (ended && ended.status !== "success") return { status: "running", id, ...action };
  const protection = await readProtection(id, api);
  if (protection === null) {
    const next = "The image could not be read afterwards: read it with hcloud_get_image.";
    return { status: "incomplete", id, ...action, next };
  }
  if (protection.delete !== wanted) {
    const next = `The action has ended, and the image is not ${protectionWord(wanted)}: another client changed it. Read it with hcloud_get_image, then decide again.`;
    return { status: "incomplete", id, protection, ...action, next };
  }
  return { status: "done", id, protection, ...action };
}

const protectionWord = (wanted: boolean) => (wanted ? "protected" : "unprotected");

/** Throws {@link ToolError} for an image of Hetzner. A backup passes: how the API answers for a backup is not documented. */
export function refuseUnprotectable(image: Image, wanted: boolean): void {
  refuseUnlessOwn(image, protectionWord(wanted), ["snapshot"]);
}

/** Reads the protection as it is now; null when it cannot be read. */
async function readProtection(id: number, api: ImagesApi): Promise<Image["protection"] | null> {
  try {
    return (await api.getImage(id)).protection;
  } catch (error) {
    if (error instanceof HcloudError) return null;
    throw error;
  }
}

function actionFailed(action: Action, image: number): ToolError {
  const view = viewAction(action);
  return new ToolError(
    "action_failed",
    `Hetzner Cloud could not change the protection of image ${image}: action ${action.id} ended with ${JSON.stringify(view["error"] ?? "error")}. Read the image with hcloud_get_image before trying again.`,
  );
}
