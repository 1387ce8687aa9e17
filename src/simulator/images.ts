import type { Image } from "../hcloud/types.ts";
import { matchesSelector, parseSelector, type Requirement, SelectorError } from "../labels.ts";
import { isBusy, startProtection } from "./actions.ts";
import { ApiError, invalidInput, locked, notFound, type SimulatorReply } from "./errors.ts";
import { enumValues, flag, paginate, parseId, type SortKey, sorted } from "./query.ts";
import type { SimulatorState } from "./state.ts";
import { parseBody, parseProtection, parseUpdate, updated } from "./update.ts";

const SORT_KEYS: Record<string, SortKey<Image>> = {
  id: (image) => image.id,
  name: (image) => image.name,
  created: (image) => Date.parse(image.created),
};

/** The image of that id, as it stood in the path. Throws 404. */
export function findImage(state: SimulatorState, id: string): Image {
  const image = state.images.get(parseId(id) ?? 0);
  if (!image) throw notFound("image", id);
  return image;
}

/** Answers the images that meet every filter; `url` is the address without query. Throws 422. */
export function listImages(state: SimulatorState, query: URLSearchParams, url: string): SimulatorReply {
  const matches = imageFilter(query, state.now());
  const chosen = sorted([...state.images.values()].filter(matches), query, SORT_KEYS);
  const { items, pagination, link } = paginate(chosen, query, url);
  return { status: 200, headers: { Link: link }, body: { images: items, meta: { pagination } } };
}

export function getImage(state: SimulatorState, id: string): SimulatorReply {
  return { status: 200, headers: {}, body: { image: findImage(state, id) } };
}

export function updateImage(state: SimulatorState, id: string, body: string): SimulatorReply {
  const members = parseBody(body);
  const old = findImage(state, id);
  if (!isOwn(old)) {
    // The rule is documented, its error code is not.
    throw new ApiError(422, "service_error", "only images of type snapshot and backup can be updated");
  }
  const image = updated(old, parseUpdate(members, old));
  state.images.set(image.id, image);
  return { status: 200, headers: {}, body: { image } };
}

export function deleteImage(state: SimulatorState, id: string): SimulatorReply {
  const image = findImage(state, id);
  // Not documented. System and app images belong to no project, hence forbidden.
  if (!isOwn(image)) throw new ApiError(403, "forbidden", `images of type ${image.type} cannot be deleted`);
  refuseWhenBusy(state, image);
  if (image.protection.delete) throw new ApiError(423, "protected", "image deletion is protected");
  state.images.delete(image.id);
  return { status: 204, headers: {} };
}

export function changeProtection(state: SimulatorState, id: string, body: string): SimulatorReply {
  const members = parseBody(body);
  const image = findImage(state, id);
  if (image.type !== "snapshot") {
    // "Can only be used on snapshots" is documented, its error code is not.
    throw new ApiError(422, "service_error", "protection can only be changed on images of type snapshot");
  }
  const protect = parseProtection(members);
  refuseWhenBusy(state, image);
  return { status: 201, headers: {}, body: { action: startProtection(state, image, protect) } };
}

function isOwn(image: Image): boolean {
  return image.type === "snapshot" || image.type === "backup";
}

function refuseWhenBusy(state: SimulatorState, image: Image): void {
  if (image.status === "creating") throw locked("image is still being created");
  if (isBusy(state, image.id)) throw locked("image is locked: an action is already running");
}

function imageFilter(query: URLSearchParams, now: number): (image: Image) => boolean {
  const types = enumValues(query, "type", ["system", "app", "snapshot", "backup"]);
  const statuses = enumValues(query, "status", ["available", "creating", "unavailable"]);
  // One value by the reference, but hcloud-go and hcloud-python repeat it.
  const architectures = enumValues(query, "architecture", ["x86", "arm"]);
  const servers = query.getAll("bound_to");
  const deprecatedToo = flag(query, "include_deprecated");
  const name = query.get("name");
  const requirements = selector(query.get("label_selector") ?? "");
  const among = (values: string[], value: string) => values.length === 0 || values.includes(value);
  return (image) =>
    !isRetired(image, now) &&
    (deprecatedToo || !isDeprecated(image)) &&
    among(types, image.type) &&
    among(statuses, image.status) &&
    among(architectures, image.architecture) &&
    among(servers, String(image.bound_to ?? "")) &&
    (name === null || image.name === name) &&
    matchesSelector(requirements, image.labels);
}

function isDeprecated(image: Image): boolean {
  return (image.deprecation ?? image.deprecated ?? null) !== null;
}

/** After `unavailable_after` an image leaves the list but is still found by id. */
function isRetired(image: Image, now: number): boolean {
  return image.deprecation ? Date.parse(image.deprecation.unavailable_after) < now : false;
}

function selector(text: string): Requirement[] {
  if (text === "") return [];
  try {
    return parseSelector(text);
  } catch (error) {
    if (error instanceof SelectorError) throw invalidInput("label_selector", error.message);
    throw error;
  }
}
