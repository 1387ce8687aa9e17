/** The change of one image's protection: the only change that is an action, which takes its time. */

import { unwrap } from "../hcloud/change.ts";
import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Action, Image } from "../hcloud/types.ts";
import { ToolError } from "../tool.ts";
import { type ActionView, viewAction } from "../view/actions.ts";
import { errorIfChanged, refuseUnlessOwn } from "./shared.ts";

export interface ProtectionChange {
  /** Whether images are to be protected. */
  wanted: boolean;
  /** By id, the images as a person saw them: the protection of no other is lifted. */
  shown: ReadonlyMap<number, Image>;
  /** How long to wait for an action, in the clock's milliseconds. */
  until: number;
}

export type ProtectionResult = {
  status: "done" | "unchanged" | "running" | "incomplete";
  id: number;
  /** As it was read last; missing when that is not known. */
  protection?: Image["protection"];
  action?: ActionView;
  next?: string;
};

/** Throws {@link ToolError} and {@link HcloudError}; when the call was cancelled before anything was sent, the signal's reason. */
export async function changeProtection(
  id: number,
  { wanted, shown, until }: ProtectionChange,
  api: ImagesApi,
  onWait: (waited: number, atMost: number) => void = () => undefined,
): Promise<ProtectionResult> {
  const agreed = shown.get(id);
  // That nothing is left to do is stated of a new read only.
  const base = agreed && agreed.protection.delete !== wanted ? agreed : await api.getRecentImage(id);
  refuseUnprotectable(base, wanted);
  if (base.protection.delete === wanted) {
    const next = `The image is ${protectionWord(wanted)} already; nothing was sent.`;
    return { status: "unchanged", id, protection: base.protection, next };
  }
  // Unprotected when the gate looked, protected now: nobody has agreed to lift that.
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

/** What the image shows after its action has ended; null for a response that was lost. */
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

/** Only snapshots can be protected. What the API answers for a backup is not documented: it is asked. */
export function refuseUnprotectable(image: Image, wanted: boolean): void {
  refuseUnlessOwn(image, protectionWord(wanted), ["snapshot"]);
}

/** The protection as it is now; null when it cannot be read. */
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
