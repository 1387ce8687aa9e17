/** Waits until an image is available, or an action has ended. */

import { apiNow } from "../hcloud/api-time.ts";
import { HcloudError } from "../hcloud/errors.ts";
import { id, z } from "../schema.ts";
import { defineTool } from "../tool.ts";
import { ToolError } from "../tool-error.ts";
import { viewAction } from "../view/actions.ts";
import { viewImage } from "../view/images.ts";

/** Time before the deadline, in ms, that is left for sending the result. */
const ANSWER_MS = 2_000;

/** Pause between two reads of an image, in ms: making a snapshot takes minutes. */
const PAUSE_MS = 2_000;

export const waitForImage = defineTool({
  name: "hcloud_wait_for_image",
  title: "Wait for image",
  description:
    "Waits up to 45 seconds until an image is available (give id) or an action has ended (give action_id). Returns the image or action; waiting true means not yet: call again.",
  effect: "read",
  patient: true,
  input: z
    .object({ id: id("Image id").optional(), action_id: id("Action id").optional() })
    .strict()
    .refine(({ id, action_id }) => (id === undefined) !== (action_id === undefined), {
      message: "id or action_id: exactly one is required",
    }),
  output: z.object({ waiting: z.boolean() }).passthrough(),
  async run({ id, action_id }, api, call) {
    const until = call.deadline - ANSWER_MS;
    const waited = action_id === undefined ? waitForOne(id as number) : waitForAction(action_id);
    const { waiting, ...found } = await waited;
    return {
      waiting,
      ...found,
      ...(waiting && { next: "It takes longer: call hcloud_wait_for_image again with the same argument." }),
    };

    async function waitForAction(id: number) {
      const action = await api.waitForAction(await api.getImageAction(id), until, (waited, atMost) =>
        call.progress(waited, atMost, `action ${id} is running`),
      );
      return { waiting: action.status === "running", action: viewAction(action) };
    }

    async function waitForOne(id: number) {
      const began = api.clock.now();
      let image = await api.getImage(id);
      while (image.status === "creating" && api.clock.now() + PAUSE_MS < until) {
        call.progress(api.clock.now() - began, until - began, `image ${id} is being created`);
        await api.clock.sleep(PAUSE_MS, api.signal);
        try {
          image = await api.getImage(id);
        } catch (error) {
          // The image is being made: a failed read says nothing about it.
          if (!(error instanceof HcloudError) || error.code === "not_found") throw error;
          break;
        }
      }
      if (image.status === "unavailable") {
        throw new ToolError(
          "unavailable",
          `Image ${id} is unavailable, and waiting does not make it available. Look at hcloud_list_actions_for_image.`,
        );
      }
      return { waiting: image.status === "creating", image: viewImage(image, apiNow(api)) };
    }
  },
});
