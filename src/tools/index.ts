/** All tools, in the order in which they are listed: prompt caches depend on it. */

import type { Tool } from "../tool.ts";
import { getActionForImage, getImageAction, listActionsForImage, listImageActions } from "./actions.ts";
import { binImages } from "./bin-images.ts";
import { deleteImage } from "./delete-image.ts";
import { deleteImages } from "./delete-images.ts";
import { editImageLabels } from "./edit-labels.ts";
import { getImage } from "./get-image.ts";
import { listImages } from "./list-images.ts";
import { planImageCleanup } from "./plan-cleanup.ts";
import { changeImageProtection } from "./protection.ts";
import { reportImages } from "./report-images.ts";
import { restoreImages } from "./restore-images.ts";
import { updateImage } from "./update-image.ts";
import { waitForImage } from "./wait.ts";

export const tools: readonly Tool[] = [
  planImageCleanup,
  deleteImages,
  binImages,
  restoreImages,
  editImageLabels,
  reportImages,
  waitForImage,
  listImages,
  getImage,
  updateImage,
  deleteImage,
  changeImageProtection,
  listImageActions,
  getImageAction,
  listActionsForImage,
  getActionForImage,
];
