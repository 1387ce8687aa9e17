/** Reads the query parameters that the lists of the API share: filters, order and pages. */

import type { Pagination } from "../hcloud/types.ts";
import { invalidInputError } from "./errors.ts";

const MAX_PER_PAGE = 50;
const ID = /^[1-9]\d{0,15}$/;

/** Returns an id from a path or query; null when the text cannot be an id. */
export function parseId(text: string): number | null {
  const id = Number(text);
  return ID.test(text) && Number.isSafeInteger(id) ? id : null;
}

/** Returns all values of a repeated parameter, each one of `allowed`; none when the parameter is omitted. Throws 422. */
export function readEnumValues(query: URLSearchParams, name: string, allowed: readonly string[]): string[] {
  const values = query.getAll(name);
  for (const value of values) {
    if (!allowed.includes(value)) {
      throw invalidInputError(name, `'${value}' is not one of ${allowed.join(", ")}`);
    }
  }
  return values;
}

/** Returns a boolean parameter. Default false. hcloud-go sends `true`, hcloud-python `True`. Throws 422. */
export function readFlag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name) ?? "false";
  if (["true", "True", "1"].includes(value)) return true;
  if (["false", "False", "0"].includes(value)) return false;
  throw invalidInputError(name, "must be true or false");
}

/** A function that returns the value by which an item is sorted. */
export type SortKey<T> = (item: T) => string | number | null;

/**
 * Returns the items in the order of every `sort` of the query, then of the ids; null comes before any value. Throws 422.
 * The place of null and the 422 for an unknown sort are not documented.
 */
export function sortItems<T extends { id: number }>(
  items: readonly T[],
  query: URLSearchParams,
  keys: Record<string, SortKey<T>>,
): T[] {
  const allowed = Object.keys(keys).flatMap((key) => [key, `${key}:asc`, `${key}:desc`]);
  const orders = [...readEnumValues(query, "sort", allowed), "id"].map((sort) => {
    const [field = "id", direction] = sort.split(":");
    const key = keys[field] ?? ((item: T) => item.id);
    return { key, sign: direction === "desc" ? -1 : 1 };
  });
  return [...items].sort((a, b) => {
    for (const { key, sign } of orders) {
      const difference = compare(key(a), key(b));
      if (difference !== 0) return sign * difference;
    }
    return 0;
  });
}

function compare(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}

export interface Page<T> {
  items: T[];
  pagination: Pagination;
  /** The `Link` header: absolute URLs with the rest of the query. */
  link: string;
}

/**
 * Returns one page of the items by `page` (from 1) and `per_page` (1 to 50, default 25); `url` is the URL without query. A page
 * after the last is empty. Throws 422: the API's response to numbers out of range is not documented.
 */
export function paginate<T>(items: readonly T[], query: URLSearchParams, url: string): Page<T> {
  const page = readCount(query, "page", 1, Number.MAX_SAFE_INTEGER);
  const perPage = readCount(query, "per_page", 25, MAX_PER_PAGE);
  // As in the live API, an empty list has one page.
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const pagination = {
    page,
    per_page: perPage,
    previous_page: page > 1 ? Math.min(page - 1, last) : null,
    next_page: page < last ? page + 1 : null,
    last_page: last,
    total_entries: items.length,
  };
  const relations = { prev: pagination.previous_page, next: pagination.next_page, last };
  const link = Object.entries(relations)
    .filter(([, number]) => number !== null)
    .map(([relation, number]) => {
      const other = new URLSearchParams(query);
      other.set("page", String(number));
      other.set("per_page", String(perPage));
      return `<${url}?${other}>; rel="${relation}"`;
    })
    .join(", ");
  return { items: items.slice((page - 1) * perPage, page * perPage), pagination, link };
}

function readCount(query: URLSearchParams, name: string, otherwise: number, max: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  const number = parseId(text);
  if (number === null || number > max)
    throw invalidInputError(name, `must be a whole number from 1 to ${max}`);
  return number;
}
