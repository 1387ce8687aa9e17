/** Reads the actions of images: four tools. */

import { apiNow } from "../hcloud/api-time.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { ActionPage } from "../hcloud/types.ts";
import { id, listOf, page, perPage, sortBy, z } from "../schema.ts";
import { defineTool } from "../tool.ts";
import { summarizeActions, tableOfActions, viewAction } from "../view/actions.ts";
import { toMinute } from "../view/time.ts";
import { imageId, tableOutput } from "./shared.ts";

const actionId = id("Action id");
const actionOutput = z.object({ id: z.number(), command: z.string(), status: z.string() }).passthrough();

const listing = {
  status: listOf(z.enum(["running", "success", "error"]), "Default all"),
  sort: sortBy(["id", "command", "status", "started", "finished"], "e.g. started:desc"),
  page,
  per_page: perPage,
};

/** Returns the page as a table, after a sentence with the number of actions. */
function view({ actions, pagination }: ActionPage, api: ImagesApi) {
  return {
    summary: summarizeActions(actions, pagination),
    ...tableOfActions(actions, pagination),
    as_of: toMinute(apiNow(api)),
  };
}

export const listImageActions = defineTool({
  name: "hcloud_list_image_actions",
  title: "List image actions",
  description:
    "Lists the actions on all images of the project. Returns one page as a table. For one image use hcloud_list_actions_for_image.",
  effect: "read",
  input: z.object({ id: listOf(id(), "Only these action ids"), ...listing }).strict(),
  output: tableOutput,
  async run(query, api) {
    return view(await api.listImageActions(query), api);
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
  async run({ id }, api) {
    return viewAction(await api.getImageAction(id));
  },
});

export const listActionsForImage = defineTool({
  name: "hcloud_list_actions_for_image",
  title: "List actions for image",
  description: "Lists the actions on one image. Returns one page as a table.",
  effect: "read",
  input: z.object({ id: imageId, ...listing }).strict(),
  output: tableOutput,
  async run({ id, ...query }, api) {
    return view(await api.listActionsForImage(id, query), api);
  },
});

export const getActionForImage = defineTool({
  name: "hcloud_get_action_for_image",
  title: "Get action for image",
  description:
    "Returns one action if it belongs to this image. Without the image id use hcloud_get_image_action.",
  effect: "read",
  input: z.object({ id: imageId, action_id: actionId }).strict(),
  output: actionOutput,
  async run({ id, action_id }, api) {
    return viewAction(await api.getActionForImage(id, action_id));
  },
});
