/** A plan and the call that confirms it, and changes by another API client in between. */

import type { Image } from "../../src/hcloud/types.ts";
import { alter, start } from "./answers.ts";
import { codeOf, DELETE, type DeleteAnswer, deletionsOf, many, PLAN, planOf } from "./cleanup.ts";
import type { Harness, HarnessOptions } from "./harness.ts";

export interface Planned extends Harness {
  /** The same harness without the plan. */
  harness: Harness;
  images: Image[];
  confirm: string;
  /** How many images the plan selects. */
  count: number;
  /** Confirms the plan. */
  carryOut(): Promise<DeleteAnswer>;
}

/** Starts a project with a plan, which by default selects all images except the newest. */
export async function startPlanned(
  images: Image[] = many(10),
  policy: object = { keep_last: 1 },
  options: HarnessOptions = {},
): Promise<Planned> {
  const harness = await start({ images, ...options });
  const answer = await harness.call(PLAN, { ...policy });
  const confirm = codeOf(answer);
  const count = planOf(answer).to_delete.images;
  const carryOut = async () => deletionsOf(await harness.call(DELETE, { confirm, count }));
  return { ...harness, harness, images, confirm, count, carryOut };
}

/** A change of an image by another API client. */
export type Meddling = (harness: Harness, id: number) => void;

const becomes =
  (change: Partial<Image>): Meddling =>
  (harness, id) =>
    alter(harness, id, change);

/** Changes after which an image no longer counts as kept in the group `role=web` of the images with `env=prod`. */
export const LOSSES: [what: string, meddle: Meddling][] = [
  ["deleted", ({ simulator }, id) => void simulator.state.images.delete(id)],
  ["relabelled out of its group", becomes({ labels: { role: "db", env: "prod" } })],
  ["relabelled out of the selector", becomes({ labels: { role: "web", env: "test" } })],
  ["marked deleted", becomes({ deleted: "2026-11-23T11:59:00Z" })],
  ["unavailable", becomes({ status: "unavailable" })],
];

/** Returns `count` snapshots, newest first, of the group and the selector of {@link LOSSES}. */
export function group(count: number, rest: (i: number) => Partial<Image> = () => ({})): Image[] {
  return many(count, (i) => ({ labels: { role: "web", env: "prod" }, ...rest(i) }));
}

/** Considers all images; a plan that does not also keeps the last image of each server, with reads of its own. */
export const BY_ROLE = { group_by: "label:role" };
export const OF_GROUP = { group_by: "label:role", label_selector: "env=prod" };

/** Returns the ids of the group's images that are still usable, ascending. */
export function usable({ simulator }: Harness): number[] {
  return [...simulator.state.images.values()]
    .filter(({ labels, status, deleted }) => {
      const isMember = labels["role"] === "web" && labels["env"] === "prod";
      return isMember && status === "available" && !deleted;
    })
    .map(({ id }) => id)
    .sort((a, b) => a - b);
}
