/** Parses the bodies of changes, and applies updates to images. */

import type { Image, ImageUpdate } from "../hcloud/types.ts";
import { isObject } from "../json.ts";
import { findLabelKeyProblem, findLabelValueProblem, isReservedKey } from "../labels.ts";
import { ApiError, invalidInputError } from "./errors.ts";

/** Returns the members of a JSON object. Throws 400 for any other body, including an empty one. */
export function parseBody(body: string): Map<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw malformedBodyError();
  }
  if (!isObject(value)) throw malformedBodyError();
  return new Map(Object.entries(value));
}

/** Returns the update that a PUT requests; members that the API does not know are ignored. Throws 422. */
export function parseUpdate(body: Map<string, unknown>, image: Image): ImageUpdate {
  const update: ImageUpdate = {};
  const description = body.get("description");
  if (description !== undefined) {
    if (typeof description !== "string") throw invalidInputError("description", "must be a string");
    // The official CLI sends "" when it changes only the type. The API's reaction is unknown; storing "" shows the possible damage.
    update.description = description;
  }
  const type = body.get("type");
  if (type !== undefined) {
    if (type !== "snapshot") throw invalidInputError("type", "must be snapshot");
    update.type = type;
  }
  const labels = body.get("labels");
  if (labels !== undefined) update.labels = parseLabels(labels, image.labels);
  return update;
}

/** Returns the image after the update. A snapshot remains a snapshot; a backup that becomes one is no longer bound to its server. */
export function applyUpdate(image: Image, update: ImageUpdate): Image {
  const { description = image.description, labels = image.labels } = update;
  const conversion = update.type === undefined ? {} : { type: update.type, bound_to: null };
  return { ...image, description, labels, ...conversion };
}

/** Returns the requested protection; undefined when the body has none. Throws 422. */
export function parseProtection(body: Map<string, unknown>): boolean | undefined {
  const wish = body.get("delete");
  if (wish !== undefined && typeof wish !== "boolean")
    throw invalidInputError("delete", "must be true or false");
  return wish;
}

/** Returns the labels. Throws 422. Accepts an unchanged reserved label, as the API may: otherwise its image could get no other labels. */
function parseLabels(value: unknown, present: Record<string, string>): Record<string, string> {
  if (!isObject(value)) throw invalidInputError("labels", "must be an object of strings");
  const labels = Object.entries(value).map(([key, text]): [string, string] => {
    const keyProblem =
      isReservedKey(key) && present[key] !== text ? "hetzner.cloud/ is reserved" : findLabelKeyProblem(key);
    if (keyProblem !== null) throw invalidInputError("labels", `'${key}': ${keyProblem}`);
    if (typeof text !== "string") throw invalidInputError(`labels[${key}]`, "must be a string");
    const valueProblem = findLabelValueProblem(text);
    if (valueProblem !== null) throw invalidInputError(`labels[${key}]`, valueProblem);
    return [key, text];
  });
  return Object.fromEntries(labels);
}

function malformedBodyError(): ApiError {
  return new ApiError(400, "json_error", "request body is not a JSON object");
}
