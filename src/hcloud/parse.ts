/**
 * Parses responses tolerantly, but without guesses: unknown members and enum values pass. A response without the data that a
 * decision depends on (ids, labels, protection, the list itself) is `malformed_reply`, never an empty list.
 */

import { isObject } from "../json.ts";
import { HcloudError } from "./errors.ts";
import { parseInstant } from "./time.ts";
import type { ApiResponse } from "./transport.ts";
import type { Action, ActionPage, Image, ImagePage, ImagePrice, Pagination } from "./types.ts";

/** Returns the image of a response. Throws `malformed_reply`, as all parsers of this file do. */
export function parseImage(response: ApiResponse): Image {
  return read(response, (body) => asImage(body["image"], "image"));
}

export function parseImagePage(response: ApiResponse): ImagePage {
  return read(response, (body) => ({
    images: needList(body["images"], "images").map((image, i) => asImage(image, `images[${i}]`)),
    pagination: asPagination(body["meta"]),
  }));
}

export function parseAction(response: ApiResponse): Action {
  return read(response, (body) => asAction(body["action"], "action"));
}

export function parseActionPage(response: ApiResponse): ActionPage {
  return read(response, (body) => ({
    actions: needList(body["actions"], "actions").map((action, i) => asAction(action, `actions[${i}]`)),
    pagination: asPagination(body["meta"]),
  }));
}

/** Parses the price of images. The API writes amounts as decimal strings; more than 64 decimals are refused. */
export function parseImagePrice(response: ApiResponse): ImagePrice {
  return read(response, (body) => {
    const pricing = need(body["pricing"], isObject, "pricing");
    const image = need(pricing["image"], isObject, "pricing.image");
    const price = need(image["price_per_gb_month"], isObject, "pricing.image.price_per_gb_month");
    return {
      currency: need(pricing["currency"], isText, "pricing.currency"),
      net: need(price["net"], isAmount, "price_per_gb_month.net"),
      gross: need(price["gross"], isAmount, "price_per_gb_month.gross"),
    };
  });
}

/** Returns the parsed image or action. Throws `malformed_reply` when the response is about another id than the request. */
export function assertSameId<T extends { id: number }>(id: number, parsed: T): T {
  if (parsed.id === id) return parsed;
  throw new HcloudError("malformed_reply", `id ${id} was asked for and ${parsed.id} came back`);
}

/** The error of a response that is not as in the API reference; the message names the member. */
class UnexpectedShapeError extends Error {}

function read<T>(response: ApiResponse, take: (body: Record<string, unknown>) => T): T {
  try {
    return take(need(response.body, isObject, "the answer"));
  } catch (cause) {
    if (!(cause instanceof UnexpectedShapeError)) throw cause;
    const { status, correlationId } = response;
    throw new HcloudError("malformed_reply", `${cause.message} is missing or of the wrong type`, {
      status,
      correlationId,
      cause,
    });
  }
}

function need<T>(value: unknown, is: (value: unknown) => value is T, where: string): T {
  if (!is(value)) throw new UnexpectedShapeError(where);
  return value;
}

/** Returns the value, or null when it is missing. A decision depends on it: a value of another type must not pass for a missing one. */
function needOrNull<T>(value: unknown, is: (value: unknown) => value is T, where: string): T | null {
  return value === null || value === undefined ? null : need(value, is, where);
}

const MAX_SIZE_GB = 1e9;

const isId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
const isText = (value: unknown): value is string => typeof value === "string";
const isAmount = (value: unknown): value is string => isText(value) && /^\d{1,12}(\.\d{1,64})?$/.test(value);
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
const isList = (value: unknown): value is unknown[] => Array.isArray(value);
const isPage = (value: unknown): value is number => Number.isSafeInteger(value);
const isLabels = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every(isText);

const needList = (value: unknown, where: string) => need(value, isList, where);
const textOrNull = (value: unknown) => (isText(value) ? value : null);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
/** Returns a size in GB; null for a value larger than any disk. */
const sizeOrNull = (value: unknown) => {
  const size = numberOrNull(value);
  return size !== null && size >= 0 && size <= MAX_SIZE_GB ? size : null;
};
const numberOrNull = (value: unknown) => (Number.isFinite(value) ? (value as number) : null);

function asImage(value: unknown, where: string): Image {
  const image = need(value, isObject, where);
  const createdFrom = needOrNull(image["created_from"], isObject, `${where}.created_from`);
  const deprecation = image["deprecation"];
  return {
    id: need(image["id"], isId, `${where}.id`),
    type: need(image["type"], isText, `${where}.type`),
    status: need(image["status"], isText, `${where}.status`),
    name: textOrNull(image["name"]),
    description: textOrNull(image["description"]) ?? "",
    image_size: sizeOrNull(image["image_size"]),
    disk_size: numberOrNull(image["disk_size"]) ?? 0,
    created: need(image["created"], isText, `${where}.created`),
    created_from: createdFrom && {
      id: need(createdFrom["id"], isId, `${where}.created_from.id`),
      name: textOrNull(createdFrom["name"]) ?? "",
    },
    bound_to: needOrNull(image["bound_to"], isId, `${where}.bound_to`),
    os_flavor: textOrNull(image["os_flavor"]) ?? "unknown",
    os_version: textOrNull(image["os_version"]),
    rapid_deploy: image["rapid_deploy"] === true,
    protection: {
      delete: need(
        isObject(image["protection"]) ? image["protection"]["delete"] : undefined,
        isFlag,
        `${where}.protection.delete`,
      ),
    },
    deprecation:
      isObject(deprecation) && isText(deprecation["announced"])
        ? {
            announced: deprecation["announced"],
            unavailable_after: textOrNull(deprecation["unavailable_after"]) ?? "",
          }
        : parseDeprecated(textOrNull(image["deprecated"])),
    deleted: needOrNull(image["deleted"], isText, `${where}.deleted`),
    labels: need(image["labels"], isLabels, `${where}.labels`),
    architecture: textOrNull(image["architecture"]) ?? "",
  };
}

/** Converts the older field, which has only the announcement; images become unavailable three months later (hcloud-go, deprecationutil). */
function parseDeprecated(deprecated: string | null): NonNullable<Image["deprecation"]> | null {
  const time = deprecated === null ? Number.NaN : parseInstant(deprecated);
  if (deprecated === null || Number.isNaN(time)) return null;
  const end = new Date(time);
  end.setUTCMonth(end.getUTCMonth() + 3);
  if (Number.isNaN(end.getTime())) return null;
  return { announced: deprecated, unavailable_after: end.toISOString() };
}

function asAction(value: unknown, where: string): Action {
  const action = need(value, isObject, where);
  const resources = Array.isArray(action["resources"]) ? action["resources"].filter(isObject) : [];
  const error = action["error"];
  return {
    id: need(action["id"], isId, `${where}.id`),
    command: need(action["command"], isText, `${where}.command`),
    status: need(action["status"], isText, `${where}.status`),
    progress: numberOrNull(action["progress"]) ?? 0,
    started: textOrNull(action["started"]) ?? "",
    finished: textOrNull(action["finished"]),
    resources: resources.flatMap(({ id, type }) => (isId(id) && isText(type) ? [{ id, type }] : [])),
    error:
      isObject(error) && isText(error["code"])
        ? { code: error["code"], message: textOrNull(error["message"]) ?? "" }
        : null,
  };
}

/** Returns a count or null. Throws for anything else: an invalid next page must not pass for the end of the list. */
function countOrNull(value: unknown, where: string): number | null {
  return value === null || value === undefined ? null : need(value, isCount, where);
}

function asPagination(meta: unknown): Pagination {
  const where = "meta.pagination";
  const pagination = need(isObject(meta) ? meta["pagination"] : undefined, isObject, where);
  return {
    page: need(pagination["page"], isPage, `${where}.page`),
    per_page: numberOrNull(pagination["per_page"]) ?? 0,
    previous_page: countOrNull(pagination["previous_page"], `${where}.previous_page`),
    next_page: countOrNull(pagination["next_page"], `${where}.next_page`),
    last_page: countOrNull(pagination["last_page"], `${where}.last_page`),
    total_entries: countOrNull(pagination["total_entries"], `${where}.total_entries`),
  };
}
