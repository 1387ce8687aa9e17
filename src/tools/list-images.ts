/** Lists images: one page of the API, or, with a filter that the API lacks, one page of all images that pass. */

import { apiNow } from "../hcloud/api-time.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import { parseInstant } from "../hcloud/time.ts";
import type { Image, ImagePage, Pagination } from "../hcloud/types.ts";
import { newestPerServer } from "../housekeeping/filters.ts";
import {
  count,
  flag,
  id,
  instant,
  labelSelector,
  listOf,
  oneOf,
  page,
  perPage,
  servers,
  sortBy,
  text,
  z,
} from "../schema.ts";
import { type CallContext, defineTool } from "../tool.ts";
import { tableOfImages } from "../view/images.ts";
import { summarizeList } from "../view/list-summary.ts";
import { toMinute } from "../view/time.ts";
import { findImages } from "./find-images.ts";
import { tableOutput } from "./shared.ts";

const DEFAULT_PER_PAGE = 25;

const listInput = z
  .object({
    type: listOf(z.enum(["system", "app", "snapshot", "backup"]), "Default all"),
    server: servers("Only images created from these servers: id or exact name"),
    description_contains: text("Only images whose description contains this, in any case").optional(),
    older_than_days: count().optional().describe("Only images older than N times 24 hours"),
    created_before: instant
      .optional()
      .describe("Only images created before this day or time, e.g. 2026-01-31 (UTC)"),
    newest_per_server: count().optional().describe("Only the newest N available snapshots of each server"),
    status: listOf(z.enum(["available", "creating", "unavailable"]), "Default all"),
    label_selector: labelSelector
      .optional()
      .describe("Only images that match, e.g. env=prod,!keep or env in (a,b)"),
    name: text("Exact name of a system or app image").optional(),
    bound_to: listOf(id(), "Only backups of the servers with these ids"),
    architecture: oneOf("x86", "arm").optional().describe("Default both"),
    include_deprecated: flag("Also list deprecated images. Default false").optional(),
    sort: sortBy(["id", "name", "created"], "e.g. created:desc"),
    page,
    per_page: perPage,
  })
  .strict()
  .superRefine((input, context) => {
    const { type, status, bound_to, newest_per_server: newest, older_than_days, created_before } = input;
    const fail = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (bound_to && type && !type.includes("backup"))
      fail(
        "bound_to",
        "must be given with type backup: only backups are bound to a server. For snapshots give server",
      );
    if (newest === undefined) return;
    if (type && (type.length > 1 || type[0] !== "snapshot"))
      fail("newest_per_server", "must be given with type snapshot or without type");
    if (older_than_days !== undefined || created_before !== undefined)
      fail("newest_per_server", "must not be given with older_than_days or created_before");
    if (bound_to)
      fail("newest_per_server", "must not be given with bound_to: snapshots are bound to no server");
    if (status && !status.includes("available"))
      fail("newest_per_server", "must be given with status available or without status");
  });

type ListInput = z.output<typeof listInput>;

export const listImages = defineTool({
  name: "hcloud_list_images",
  title: "List images",
  description:
    "Lists images: snapshots, backups, and Hetzner's system and app images. Returns one page as a table; read on while next_page is given. `all` states what is the same in every row; sizes are in GB. Snapshots and backups have no name, only a description. hcloud_get_image returns the OS. To choose what to delete use hcloud_plan_image_cleanup.",
  effect: "read",
  input: listInput,
  output: tableOutput,
  async run(input, api, call) {
    const { images, pagination, now, all } = await readPage(input, api, call);
    return {
      summary: summarizeList(images, pagination, input.type, all),
      ...tableOfImages(images, now, pagination, all),
      as_of: toMinute(now),
    };
  },
});

interface ReadPage extends ImagePage {
  /** The time used for ages, in ms. */
  now: number;
  /** The images of all pages; undefined when only this page was read. */
  all?: readonly Image[];
}

async function readPage(
  { server, description_contains, older_than_days, created_before, newest_per_server, ...query }: ListInput,
  api: ImagesApi,
  call: CallContext,
): Promise<ReadPage> {
  const filter = { server, description_contains, older_than_days, created_before };
  const canApiFilter = [...Object.values(filter), newest_per_server].every((value) => value === undefined);
  if (canApiFilter) {
    const { images, pagination } = await api.listImages(query);
    return { images, pagination, now: apiNow(api) };
  }
  const { sort = [], page = 1, per_page = DEFAULT_PER_PAGE, type, ...more } = query;
  // Hetzner's images were created from no server of the project.
  const ofServers = server ? ["snapshot", "backup"] : undefined;
  const types = newest_per_server === undefined ? (type ?? ofServers) : ["snapshot"];
  const { images, now } = await findImages({ ...more, type: types }, filter, api, call);
  const chosen = newest_per_server === undefined ? images : newestPerServer(images, newest_per_server);
  const all = chosen.toSorted(bySort(sort));
  return { ...cutPage(all, page, per_page), now, all };
}

const SORT_KEYS: Record<string, (image: Image) => string | number> = {
  id: ({ id }) => id,
  name: ({ name }) => name ?? "",
  created: ({ created }) => parseInstant(created) || 0,
};

/** Returns a comparison that sorts as the API does; without `sort` by id. */
function bySort(sort: readonly string[]): (a: Image, b: Image) => number {
  const orders = [...sort, "id"].map((one) => {
    const [key = "", direction] = one.split(":");
    return { key: SORT_KEYS[key] ?? (() => 0), sign: direction === "desc" ? -1 : 1 };
  });
  return (a, b) => {
    for (const { key, sign } of orders) {
      const [x, y] = [key(a), key(b)];
      if (x !== y) return x < y ? -sign : sign;
    }
    return 0;
  };
}

function cutPage(all: readonly Image[], page: number, per_page: number): ImagePage {
  const last_page = Math.max(1, Math.ceil(all.length / per_page));
  const pagination: Pagination = {
    page,
    per_page,
    previous_page: page > 1 ? page - 1 : null,
    next_page: page < last_page ? page + 1 : null,
    last_page,
    total_entries: all.length,
  };
  return { images: all.slice((page - 1) * per_page, page * per_page), pagination };
}
