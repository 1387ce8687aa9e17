/** A list as a table: its first columns are always the same, and what is the same in every row is stated once. */

import type { Pagination } from "../hcloud/types.ts";
import { isBlank } from "./blank.ts";

/** A name, and the cell of a thing under it. */
export type Columns<T> = Record<string, (thing: T) => unknown>;

export interface Rows {
  /** What every row has in common. */
  all?: Record<string, unknown>;
  columns: string[];
  rows: unknown[][];
}

/** A page of a list; `total` counts the rows of all pages. */
export interface Table extends Rows {
  total?: number;
  page: number;
  next_page?: number;
}

/** Tabulates things. A column of `more` follows only where its cells differ; one without any value is omitted. */
export function tabulate<T>(things: readonly T[], fixed: Columns<T>, more: Columns<T> = {}): Rows {
  const names = Object.keys(fixed);
  const cells = Object.values(fixed);
  const all: Record<string, unknown> = {};
  for (const [name, cell] of Object.entries(more)) {
    const [first] = things.slice(0, 1).map((thing) => cellOf(cell(thing)));
    if (things.some((thing) => cellOf(cell(thing)) !== first)) {
      names.push(name);
      cells.push(cell);
    } else if (!isBlank(first)) all[name] = first;
  }
  const table = {
    columns: names,
    rows: things.map((thing) => cells.map((cell) => cellOf(cell(thing)))),
  };
  return Object.keys(all).length > 0 ? { all, ...table } : table;
}

/** Adds to the rows of a page which page it is. */
export function pageOf(rows: Rows, { total_entries: total, page, next_page: next }: Pagination): Table {
  const pages = [total !== null && { total }, { page }, next !== null && { next_page: next }];
  return Object.assign({}, rows, ...pages);
}

/** Returns an empty text unchanged: it takes fewer tokens than null. */
const cellOf = (value: unknown) => (value !== "" && isBlank(value) ? null : value);
