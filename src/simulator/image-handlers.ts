/** Answers the requests on images. */

import type { Image } from "../hcloud/types.ts";
import { matchesSelector, parseSelector, type Requirement, SelectorError } from "../labels.ts";
import { isBusy, startProtection } from "./action-handlers.ts";
import { ApiError, invalidInputError, lockedError, notFoundError, type SimulatorReply } from "./errors.ts";
import { paginate, parseId, readEnumValues, readFlag, type SortKey, sortItems } from "./query.ts";
import type { SimulatorState } from "./state.ts";
import { applyUpdate, parseBody, parseProtection, parseUpdate } from "./update.ts";

const SORT_KEYS: Record<string, SortKey<Image>> = {
  id: (image) => image.id,
  name: (image) => image.name,
  created: (image) => Date.parse(image.created),
};

/** Returns the image whose id is in the path. Throws 404. */
export function findImage(state: SimulatorState, id: string): Image {
  const image = state.images.get(parseId(id) ?? 0);
  if (!image) throw notFoundError("image", id);
  return image;
}

/** Returns a page of the images that meet every filter; `url` is the URL without query. Throws 422. */
export function handleListImages(state: SimulatorState, query: URLSearchParams, url: string): SimulatorReply {
  const matches = createImageFilter(query, state.now());
  const chosen = sortItems([...state.images.values()].filter(matches), query, SORT_KEYS);
  const { items, pagination, link } = paginate(chosen, query, url);
  return { status: 200, headers: { Link: link }, body: { images: items, meta: { pagination } } };
}

/** Returns an image. Throws 404. */
export function handleGetImage(state: SimulatorState, id: string): SimulatorReply {
  return { status: 200, headers: {}, body: { image: findImage(state, id) } };
}

/** Changes description, labels or type of an image. Throws 400, 404 and 422. */
export function handleUpdateImage(state: SimulatorState, id: string, body: string): SimulatorReply {
  const members = parseBody(body);
  const old = findImage(state, id);
  if (!isOfProject(old)) {
    // The rule is documented, but not its error code.
    throw new ApiError(422, "service_error", "only images of type snapshot and backup can be updated");
  }
  const image = applyUpdate(old, parseUpdate(members, old));
  state.images.set(image.id, image);
  return { status: 200, headers: {}, body: { image } };
}

/** Deletes an image. Throws 403, 404 and 423. */
export function handleDeleteImage(state: SimulatorState, id: string): SimulatorReply {
  const image = findImage(state, id);
  // The error is not documented. System and app images belong to no project, hence forbidden.
  if (!isOfProject(image))
    throw new ApiError(403, "forbidden", `images of type ${image.type} cannot be deleted`);
  refuseWhenBusy(state, image);
  if (image.protection.delete) throw new ApiError(423, "protected", "image deletion is protected");
  state.images.delete(image.id);
  return { status: 204, headers: {} };
}

/** Starts to change the protection of an image. Throws 400, 404, 422 and 423. */
export function handleChangeProtection(state: SimulatorState, id: string, body: string): SimulatorReply {
  const members = parseBody(body);
  const image = findImage(state, id);
  if (image.type !== "snapshot") {
    // "Can only be used on snapshots" is documented, but not its error code.
    throw new ApiError(422, "service_error", "protection can only be changed on images of type snapshot");
  }
  const protect = parseProtection(members);
  refuseWhenBusy(state, image);
  return { status: 201, headers: {}, body: { action: startProtection(state, image, protect) } };
}

function isOfProject(image: Image): boolean {
  return image.type === "snapshot" || image.type === "backup";
}

function refuseWhenBusy(state: SimulatorState, image: Image): void {
  if (image.status === "creating") throw lockedError("image is still being created");
  if (isBusy(state, image.id)) throw lockedError("image is locked: an action is already running");
}

function createImageFilter(query: URLSearchParams, now: number): (image: Image) => boolean {
  const types = readEnumValues(query, "type", ["system", "app", "snapshot", "backup"]);
  const statuses = readEnumValues(query, "status", ["available", "creating", "unavailable"]);
  // The reference allows one value, but hcloud-go and hcloud-python repeat the parameter.
  const architectures = readEnumValues(query, "architecture", ["x86", "arm"]);
  const servers = query.getAll("bound_to");
  const includeDeprecated = readFlag(query, "include_deprecated");
  const name = query.get("name");
  const requirements = parseLabelSelector(query.get("label_selector") ?? "");
  const isAmong = (values: string[], value: string) => values.length === 0 || values.includes(value);
  return (image) =>
    !isRetired(image, now) &&
    (includeDeprecated || !isDeprecated(image)) &&
    isAmong(types, image.type) &&
    isAmong(statuses, image.status) &&
    isAmong(architectures, image.architecture) &&
    isAmong(servers, String(image.bound_to ?? "")) &&
    (name === null || image.name === name) &&
    matchesSelector(requirements, image.labels);
}

function isDeprecated(image: Image): boolean {
  return (image.deprecation ?? image.deprecated ?? null) !== null;
}

/** Whether an image is out of the list because its `unavailable_after` has passed; it is still found by its id. */
function isRetired(image: Image, now: number): boolean {
  return image.deprecation ? Date.parse(image.deprecation.unavailable_after) < now : false;
}

function parseLabelSelector(text: string): Requirement[] {
  if (text === "") return [];
  try {
    return parseSelector(text);
  } catch (error) {
    if (error instanceof SelectorError) throw invalidInputError("label_selector", error.message);
    throw error;
  }
}
