/** Clean-ups in tests: snapshots by age, results of plans and deletions, and intercepts by request. */

import { setImmediate as turn } from "node:timers/promises";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { expect } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept, RecordedRequest } from "../../src/simulator/http.ts";
import { type Answer, type Harness, NOON } from "./harness.ts";
import { snapshot } from "./random-images.ts";

export const PLAN = "hcloud_plan_image_cleanup";
export const DELETE = "hcloud_delete_images";
const DAY_MS = 86_400_000;

/** The policy that selects every deletable image, even the newest of each group. */
export const EVERY_IMAGE = { created_before: "2100-01-01", allow_empty_groups: true };

/** Returns a snapshot of server 42 with this age in days. */
export function aged(id: number, days: number, rest: Partial<Image> = {}): Image {
  return snapshot(id, { created: new Date(NOON - days * DAY_MS).toISOString(), ...rest });
}

/** Returns `count` snapshots, newest first, a day apart; `rest` returns members that differ. */
export function many(count: number, rest: (i: number) => Partial<Image> = () => ({})): Image[] {
  return Array.from({ length: count }, (_, i) => aged(1001 + i, i + 1, rest(i)));
}

export interface Table {
  columns: string[];
  rows: unknown[][];
}

/** The members of a plan that tests look at. */
export interface PlanAnswer extends Table {
  policy: string;
  considered: number;
  to_delete: { images: number; gb: number; saves_per_month?: Record<string, string> };
  kept: Record<string, number>;
  groups_left_empty?: string[];
  groups?: Table;
  money?: string;
  note?: string;
  shown?: string;
  total: number;
  page: number;
  next_page?: number;
  confirm?: string;
  expires_at?: string;
  next?: string;
  project?: string;
}

export function planOf({ data }: Answer): PlanAnswer {
  return data as unknown as PlanAnswer;
}

/** Returns the confirmation code of a plan; throws if there is none. */
export function codeOf(answer: Answer): string {
  const { confirm } = planOf(answer);
  if (confirm === undefined) throw new Error(`there is no code in ${answer.text}`);
  return confirm;
}

/** Returns the values of one column of a table. */
export function column({ columns, rows }: Table, name: string): unknown[] {
  const at = columns.indexOf(name);
  expect(at, name).toBeGreaterThanOrEqual(0);
  return rows.map((row) => row[at]);
}

/** Returns the ids of the images that a plan of one page selects. */
export function selectedIds(answer: Answer): number[] {
  const plan = planOf(answer);
  expect(plan.total).toBe(plan.rows.length);
  expect(plan.to_delete.images).toBe(plan.rows.length);
  return column(plan, "id") as number[];
}

export interface DeleteAnswer {
  status: string;
  deleted: number[];
  freed_gb: number;
  saves_per_month?: Record<string, string>;
  money?: string;
  skipped?: { id: number; why: string }[];
  failed?: { id: number; code: string; why: string }[];
  stopped?: string;
  remaining?: number;
  confirm?: string;
  next?: string;
}

export function deletionsOf({ data }: Answer): DeleteAnswer {
  return data as unknown as DeleteAnswer;
}

/** Returns the ids of these images that the cloud no longer has. */
export function deletedIds({ simulator }: Harness, images: readonly Image[]): number[] {
  return images.map(({ id }) => id).filter((id) => !simulator.state.images.has(id));
}

export const idsOf = (images: readonly { id: number }[]) => images.map(({ id }) => id);

export const byNumber = (a: number, b: number) => a - b;

/** Returns the numbers of the requested list pages, in order. */
export function pagesAsked(requests: readonly RecordedRequest[]): number[] {
  return requests
    .filter(({ path }) => path === "/images")
    .map(({ query }) => Number(new URLSearchParams(query).get("page")));
}

export function tokensOf({ text }: Answer): number {
  return countTokens(text);
}

/** Runs the event loop `count` times, so that everything that is ready in this process happens. */
export async function runEventLoop(count = 50): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

/** Responds as the API does. */
export const reply: Intercept = (_, response, apply) => {
  const { status, headers, body } = apply();
  response.writeHead(status, headers).end(body === undefined ? undefined : JSON.stringify(body));
  return "handled";
};

/** Holds requests in batches of four, see {@link holdInBatches}. */
export const holdInFours = (picks: (request: RecordedRequest) => boolean) => holdInBatches(4, { picks });

/**
 * Holds the requests that `picks` selects until `size` or all of `total` have arrived, and gives a further one time to arrive.
 * `most` returns the largest number of held requests.
 */
export function holdInBatches(
  size: number,
  { picks = () => true, total }: { picks?: (request: RecordedRequest) => boolean; total?: number },
): { intercept: Intercept; most(): number } {
  const held: (() => void)[] = [];
  let [seen, most] = [0, 0];
  const release = async () => {
    await runEventLoop();
    for (const answer of held.splice(0)) answer();
  };
  return {
    most: () => most,
    intercept(request, response, apply) {
      if (!picks(request)) return undefined;
      held.push(() => void reply(request, response, apply));
      most = Math.max(most, held.length);
      if (++seen === total || held.length === size) void release();
      return "handled";
    },
  };
}

/** Applies `act` to the request with this number, from 1, among those that `picks` selects. */
export function onRequest(
  number: number,
  picks: (request: RecordedRequest) => boolean,
  act: Intercept,
): Intercept {
  let seen = 0;
  return (request, response, apply) =>
    picks(request) && ++seen === number ? act(request, response, apply) : undefined;
}

export const isDelete = ({ method }: RecordedRequest) => method === "DELETE";
export const isRead = ({ method, path }: RecordedRequest) => method === "GET" && /^\/images\/\d+$/.test(path);
export const idIn = ({ path }: RecordedRequest) => Number(path.split("/")[2]);
