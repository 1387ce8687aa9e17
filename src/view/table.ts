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
  const render = (columns: Columns<T>) =>
    Object.entries(columns).map(([name, cell]) => ({
      name,
      cells: things.map((thing) => cellOf(cell(thing))),
    }));
  const all: Record<string, unknown> = {};
  const differing = render(more).filter(({ name, cells }) => {
    const [first] = cells;
    if (cells.some((cell) => cell !== first)) return true;
    if (!isBlank(first)) all[name] = first;
    return false;
  });
  const columns = [...render(fixed), ...differing];
  return {
    ...(Object.keys(all).length > 0 && { all }),
    columns: columns.map(({ name }) => name),
    rows: things.map((_, row) => columns.map(({ cells }) => cells[row])),
  };
}

/** Adds to the rows of a page which page it is. */
export function pageOf(rows: Rows, { total_entries: total, page, next_page: next }: Pagination): Table {
  return {
    ...rows,
    ...(total !== null && { total }),
    page,
    ...(next !== null && { next_page: next }),
  };
}

/** Returns an empty text unchanged: it takes fewer tokens than null. */
const cellOf = (value: unknown) => (value !== "" && isBlank(value) ? null : value);
