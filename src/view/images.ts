/**
 * How images and actions look to a model. One thing is an object, from which null, empty and false are left out; a list
 * is a table, whose keys are said once and whose columns without any value are left out. Field names are the API's,
 * with a dot where the API nests.
 */

import { parseInstant } from "../hcloud/time.ts";
import type { Action, Image, Pagination } from "../hcloud/types.ts";
import { clean } from "../text.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Characters of a description or name, in an object and in a row. */
const LONG = 500;
const SHORT = 120;

/** The longest label key is 253 + 1 + 63 characters. */
const LABEL = 320;

export interface Table {
  columns: string[];
  rows: unknown[][];
  total?: number;
  page: number;
  next_page?: number;
}

export type ImageView = { id: number; type: string; status: string } & Record<string, unknown>;
export type ActionView = { id: number; command: string; status: string } & Record<string, unknown>;

/** One image with all it has, and its age in whole days at `now` (milliseconds). */
export function viewImage(image: Image, now: number): ImageView {
  return {
    id: image.id,
    type: clean(image.type, SHORT),
    status: clean(image.status, SHORT),
    ...compact({
      name: clean(image.name ?? "", LONG),
      description: clean(image.description, LONG),
      created: clean(image.created, SHORT),
      age_days: ageInDays(image, now),
      image_size: image.image_size,
      disk_size: image.disk_size,
      created_from: image.created_from && {
        id: image.created_from.id,
        name: clean(image.created_from.name, SHORT),
      },
      bound_to: image.bound_to,
      os_flavor: clean(image.os_flavor, SHORT),
      os_version: clean(image.os_version ?? "", SHORT),
      architecture: clean(image.architecture, SHORT),
      rapid_deploy: image.rapid_deploy,
      protection: compact(image.protection),
      deprecation: image.deprecation && {
        announced: clean(image.deprecation.announced, SHORT),
        unavailable_after: clean(image.deprecation.unavailable_after, SHORT),
      },
      deleted: clean(image.deleted ?? "", SHORT),
      labels: viewLabels(image.labels),
    }),
  };
}

/** An image as our own sentences call it. A type that the API invents later is text like any other, and not repeated there. */
export function nameOf({ id, type }: Image): string {
  return `${type === "snapshot" || type === "backup" ? type : "image"} ${id}`;
}

/** Whole days since the image was created; undefined when its time cannot be read. */
export function ageInDays(image: Image, now: number): number | undefined {
  const created = parseInstant(image.created);
  return Number.isNaN(created) ? undefined : Math.max(0, Math.floor((now - created) / DAY_MS));
}

const IMAGE_COLUMNS: Record<string, (image: Image) => unknown> = {
  id: (image) => image.id,
  type: (image) => clean(image.type, SHORT),
  status: (image) => clean(image.status, SHORT),
  name: (image) => clean(image.name ?? "", SHORT),
  description: (image) => (image.description === image.name ? "" : clean(image.description, SHORT)),
  created: (image) => clean(image.created, SHORT),
  image_size: (image) => image.image_size,
  disk_size: (image) => image.disk_size,
  architecture: (image) => clean(image.architecture, SHORT),
  "created_from.id": (image) => image.created_from?.id,
  "created_from.name": (image) => clean(image.created_from?.name ?? "", SHORT),
  bound_to: (image) => image.bound_to,
  "protection.delete": (image) => image.protection.delete,
  "deprecation.unavailable_after": (image) => clean(image.deprecation?.unavailable_after ?? "", SHORT),
  labels: (image) => viewLabels(image.labels),
};

const ACTION_COLUMNS: Record<string, (action: Action) => unknown> = {
  id: (action) => action.id,
  command: (action) => clean(action.command, SHORT),
  status: (action) => clean(action.status, SHORT),
  progress: (action) => action.progress,
  started: (action) => clean(action.started, SHORT),
  finished: (action) => clean(action.finished ?? "", SHORT),
  resources: (action) => action.resources.map(viewResource).join(" "),
  error: (action) => viewError(action),
};

/** Of a list that is shown whole. */
const ALL: Pagination = {
  page: 1,
  per_page: 0,
  previous_page: null,
  next_page: null,
  last_page: null,
  total_entries: null,
};

export function tableOfImages(images: readonly Image[], pagination: Pagination = ALL): Table {
  return table(images, IMAGE_COLUMNS, pagination);
}

export function tableOfActions(actions: readonly Action[], pagination: Pagination): Table {
  return table(actions, ACTION_COLUMNS, pagination);
}

export function viewAction(action: Action): ActionView {
  return {
    id: action.id,
    command: clean(action.command, SHORT),
    status: clean(action.status, SHORT),
    progress: action.progress,
    ...compact({
      started: clean(action.started, SHORT),
      finished: clean(action.finished ?? "", SHORT),
      resources: action.resources.map(viewResource),
      error: viewError(action),
    }),
  };
}

export function viewLabels(labels: Record<string, string>): Record<string, string> {
  const view = new Map<string, string>();
  const alike = new Map<string, number>();
  for (const [key, value] of Object.entries(labels)) {
    const looks = clean(key, LABEL);
    let name = looks;
    let count = alike.get(looks) ?? 1;
    // Two keys that differ only in what cannot be seen are still two.
    while (view.has(name)) name = `${looks} (${++count})`;
    alike.set(looks, count);
    view.set(name, clean(value, LABEL));
  }
  return Object.fromEntries(view);
}

const viewResource = ({ type, id }: Action["resources"][number]) => `${clean(type, SHORT)} ${id}`;

/** An action that succeeded may carry an error all the same, which then means nothing. */
function viewError({ status, error }: Action): string {
  return status === "error" && error ? `${clean(error.code, SHORT)}: ${clean(error.message, SHORT)}` : "";
}

function table<T>(
  things: readonly T[],
  columns: Record<string, (thing: T) => unknown>,
  pagination: Pagination,
): Table {
  const rendered = Object.entries(columns).map(([name, cell]) => ({ name, cells: things.map(cell) }));
  const used = rendered.filter(({ cells }) => !cells.every(isBlank));
  return {
    columns: used.map(({ name }) => name),
    rows: things.map((_, row) => used.map(({ cells }) => (isBlank(cells[row]) ? null : cells[row]))),
    ...(pagination.total_entries === null ? {} : { total: pagination.total_entries }),
    page: pagination.page,
    ...(pagination.next_page === null ? {} : { next_page: pagination.next_page }),
  };
}

/** Without members that are null, false, empty or undefined. */
function compact(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => !isBlank(value)));
}

function isBlank(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
