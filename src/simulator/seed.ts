/** Creates the images and actions of the demo project. */

import type { Action, Image } from "../hcloud/types.ts";
import { createProjectImages } from "./seed-project.ts";
import { createPublicImages } from "./seed-public.ts";
import { createAgo, formatTime } from "./timestamps.ts";

const FIRST_ACTION_ID = 1_900_000_001;

/** Returns the images that Hetzner offers to everyone, and those of a small shop. Their times move daily, at midnight UTC. */
export function seedImages(now: number): Image[] {
  const ago = createAgo(now);
  // Some images share their labels, so each is copied.
  return [...createPublicImages(ago), ...createProjectImages(ago)].map((image) => structuredClone(image));
}

/** Returns the actions that made the snapshots from their servers, and that protected the protected ones. */
export function seedActions(now: number): Action[] {
  return createProjectImages(createAgo(now))
    .filter(({ type, status }) => type === "snapshot" && status === "available")
    .flatMap((image) => {
      const itself = { id: image.id, type: "image" };
      const server = image.created_from ? [{ id: image.created_from.id, type: "server" }] : [];
      const made =
        server.length > 0 ? [createFinishedAction("create_image", image, 95, [...server, itself])] : [];
      return image.protection.delete
        ? [...made, createFinishedAction("change_protection", image, 1, [itself])]
        : made;
    })
    .sort((a, b) => Date.parse(a.started) - Date.parse(b.started))
    .map((action, index) => ({ ...action, id: FIRST_ACTION_ID + index }));
}

function createFinishedAction(
  command: string,
  image: Image,
  seconds: number,
  resources: Action["resources"],
): Action {
  // A snapshot is protected ten minutes after its creation.
  const started = Date.parse(image.created) + (command === "create_image" ? 0 : 600_000);
  return {
    id: 0,
    command,
    status: "success",
    progress: 100,
    started: formatTime(started),
    finished: formatTime(started + seconds * 1000),
    resources,
    error: null,
  };
}
