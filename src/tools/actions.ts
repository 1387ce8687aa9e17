/** Read actions of images, and change protection, which is one. */

import type { Action } from "../hcloud/types.ts";
import { id, listOf, page, perPage, z } from "../schema.ts";
import { defineTool, ToolError } from "../tool.ts";
import { nameOf, tableOfActions, viewAction, viewImage } from "../view/images.ts";
import { imageId, tableOutput } from "./images.ts";

/** An answer this long before the deadline leaves time to send it. */
const ANSWER_MS = 2_000;

const actionId = id("Action id");
const actionOutput = z.object({ id: z.number(), command: z.string(), status: z.string() }).passthrough();

const listing = {
  status: listOf(z.enum(["running", "success", "error"]), "Default all"),
  sort: listOf(
    z
      .string()
      .regex(
        /^(id|command|status|started|finished)(:(asc|desc))?$/,
        "must be id, command, status, started or finished, with :asc or :desc if you like",
      ),
    "e.g. started:desc",
  ),
  page,
  per_page: perPage,
};

export const listImageActions = defineTool({
  name: "hcloud_list_image_actions",
  title: "List image actions",
  description:
    "Lists what was done to all images of the project. Returns one page as a table. For one image use hcloud_list_actions_for_image.",
  effect: "read",
  input: z.object({ id: listOf(actionId, "Only these action ids"), ...listing }).strict(),
  output: tableOutput,
  async run(query, hcloud) {
    const { actions, pagination } = await hcloud.listImageActions(query);
    return tableOfActions(actions, pagination);
  },
});

export const getImageAction = defineTool({
  name: "hcloud_get_image_action",
  title: "Get image action",
  description:
    "Returns one action by its id: command, status (running, success, error), progress in percent.",
  effect: "read",
  input: z.object({ id: actionId }).strict(),
  output: actionOutput,
  async run({ id }, hcloud) {
    return viewAction(await hcloud.getImageAction(id));
  },
});

export const listActionsForImage = defineTool({
  name: "hcloud_list_actions_for_image",
  title: "List actions for image",
  description: "Lists what was done to one image. Returns one page as a table.",
  effect: "read",
  input: z.object({ id: imageId, ...listing }).strict(),
  output: tableOutput,
  async run({ id, ...query }, hcloud) {
    const { actions, pagination } = await hcloud.listActionsForImage(id, query);
    return tableOfActions(actions, pagination);
  },
});

export const getActionForImage = defineTool({
  name: "hcloud_get_action_for_image",
  title: "Get action for image",
  description:
    "Returns one action, provided that it belongs to this image; else see hcloud_get_image_action.",
  effect: "read",
  input: z.object({ id: imageId, action_id: actionId }).strict(),
  output: actionOutput,
  async run({ id, action_id }, hcloud) {
    return viewAction(await hcloud.getActionForImage(id, action_id));
  },
});

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
    status: z.string().optional(),
    id: z.number().optional(),
    protection: z.unknown(),
    action: z.unknown(),
  }),
  async preview(input, hcloud) {
    if (input.delete) return null;
    const image = await hcloud.getImage(input.id);
    if (!image.protection.delete) return null;
    return {
      shown: {
        will: `lift the delete protection of ${nameOf(image)}, so that it can be deleted`,
        cannot_be_undone:
          "once unprotected, it can be deleted for good by anyone with a token; protection itself can be switched on again",
        image: viewImage(image, hcloud.clock.now()),
      },
      state: image,
    };
  },
  async run(input, hcloud, call) {
    const { id } = input;
    const protection = { delete: input.delete };
    const started = await hcloud.changeImageProtection(id, protection);
    if (!started) return { id, protection };
    const ended = await hcloud.waitForAction(started, call.deadline - ANSWER_MS, (waited, atMost) =>
      call.progress(waited, atMost, `changing the protection of image ${id}`),
    );
    if (ended.status === "error") throw failed(ended, id);
    const action = viewAction(ended);
    // A status the API invents later says nothing of being done.
    if (ended.status !== "success") return { status: "running", id, action };
    return { id, protection, action };
  },
});

function failed(action: Action, image: number): ToolError {
  const view = viewAction(action);
  return new ToolError(
    "action_failed",
    `Hetzner Cloud could not change the protection of image ${image}: action ${action.id} ended with ${JSON.stringify(view["error"] ?? "error")}. Read the image with hcloud_get_image before trying again.`,
  );
}
