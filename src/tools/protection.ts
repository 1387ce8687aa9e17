/** Change protection: the only change that is an action, which takes its time. */

import { unwrap } from "../hcloud/change.ts";
import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Action, Image } from "../hcloud/types.ts";
import { z } from "../schema.ts";
import { defineTool, ToolError } from "../tool.ts";
import { nameOf, viewAction, viewImage } from "../view/images.ts";
import { imageId, objectOutput, whyChanged } from "./shared.ts";

/** Time that is left for sending the result, in ms. */
const ANSWER_MS = 2_000;

export const changeImageProtection = defineTool({
  name: "hcloud_change_image_protection",
  title: "Change image protection",
  description:
    "Switches the delete protection of a snapshot on or off and waits until that is done. Off asks for confirmation. A running status means that it takes longer: see hcloud_get_image_action.",
  effect: "destructive",
  input: z
    .object({ id: imageId, delete: z.boolean().describe("true protects, false lifts protection") })
    .strict(),
  output: z.object({
    id: z.number().optional(),
    protection: z.object({ delete: z.boolean() }).optional(),
    action: objectOutput.optional(),
  }),
  async preview(input, api) {
    if (input.delete) return null;
    const image = await api.getImage(input.id);
    if (!image.protection.delete) return null;
    return {
      words: `lift the protection of ${nameOf(image)}`,
      shown: {
        will: `lift the delete protection of ${nameOf(image)}, so that it can be deleted`,
        cannot_be_undone:
          "once unprotected, anyone with a token can delete it permanently; protection itself can be switched on again",
        image: viewImage(image, api.clock.wall()),
      },
      images: [image],
    };
  },
  async run({ id, delete: wanted }, api, call, agreed) {
    const base = agreed?.[0] ?? (await api.recentImage(id));
    const word = wanted ? "protected" : "unprotected";
    if (base.protection.delete === wanted) {
      return {
        status: "unchanged",
        id,
        protection: base.protection,
        next: `The image is ${word} already; nothing was sent.`,
      };
    }
    // Unprotected when the gate looked, protected now: nobody has agreed to lift that.
    if (!wanted && !agreed)
      throw new ToolError(
        "conflict",
        `Image ${id} was protected by another client during this call. Nothing was changed. Call again for a preview.`,
      );
    const mismatch = (current: Image) => (agreed ? whyChanged(base, current) : null);
    const started = unwrap(await api.changeImageProtection(id, { delete: wanted }, { mismatch }));
    const ended =
      started &&
      (await api.waitForAction(started, call.deadline - ANSWER_MS, (waited, atMost) =>
        call.progress(waited, atMost, `changing the protection of image ${id}`),
      ));
    if (ended?.status === "error") throw actionFailed(ended, id);
    const action = ended && { action: viewAction(ended) };
    // A status that the API adds later does not say that the action is done.
    if (ended && ended.status !== "success") return { status: "running", id, ...action };
    const protection = await readProtection(id, api);
    if (protection === null) {
      return {
        status: "incomplete",
        id,
        ...action,
        next: "The image could not be read afterwards: read it with hcloud_get_image.",
      };
    }
    if (protection.delete !== wanted) {
      return {
        status: "incomplete",
        id,
        protection,
        ...action,
        next: `The action has ended, and the image is not ${word}: another client changed it. Read it with hcloud_get_image, then decide again.`,
      };
    }
    return { id, protection, ...action };
  },
});

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
