/** Finds images by filters that the API lacks: reads all pages, then filters. Refuses a server without any image. */

import { apiNow } from "../hcloud/api-time.ts";
import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image, ListImagesQuery } from "../hcloud/types.ts";
import { type ImageFilter, isFromServer, matchesFilter, withServerIds } from "../housekeeping/filters.ts";
import { matchesSelector, parseSelector } from "../labels.ts";
import { didYouMean, quote } from "../text.ts";
import type { CallContext } from "../tool.ts";
import { ToolError } from "../tool-error.ts";

interface Found {
  images: Image[];
  /** The images of the query, before the filter. */
  considered: Image[];
  /** The filter as it was applied, each excluded server with all its ids. */
  filter: ImageFilter;
  /** The time used for ages, in ms. */
  now: number;
}

/** Names that a sentence can suggest; a name of digits could be read as an id. */
const SERVER_NAME = /^(?=.*[A-Za-z])[A-Za-z0-9.-]{1,63}$/;

/** Reads all images of the query and keeps those that pass. Throws {@link ToolError} for a server without any image. */
export async function findImages(
  query: Omit<ListImagesQuery, "sort" | "page" | "per_page">,
  filter: ImageFilter,
  api: ImagesApi,
  call: CallContext,
): Promise<Found> {
  const considered = await api.listAllImages(query, (done, total) =>
    call.progress(done, total, "reading images"),
  );
  refuseUnlessSelected(considered, query.label_selector);
  const known = needsAllServers(filter, considered)
    ? [...considered, ...(await api.listAllImages({ type: ["snapshot", "backup"] }))]
    : considered;
  refuseUnknownServers(filter, known);
  refuseAmbiguousServers(filter, known);
  const now = apiNow(api);
  const { exclude_servers: excluded } = filter;
  const applied = { ...filter, ...(excluded && { exclude_servers: withServerIds(excluded, known) }) };
  const images = considered.filter((image) => matchesFilter(image, applied, now));
  return { images, considered, filter: applied, now };
}

/** Whether the images of the query may lack a server, or a name that an excluded server had before. */
function needsAllServers(
  { server = [], exclude_servers: excluded = [] }: ImageFilter,
  found: Image[],
): boolean {
  return excluded.length > 0 || !server.every(isServerOf(found));
}

const isServerOf = (images: readonly Image[]) => (wanted: string) =>
  images.some((image) => isFromServer(image, wanted));

/** Throws {@link ToolError} for an unknown server: an empty result would read as if the server had no images. */
function refuseUnknownServers(
  { server = [], exclude_servers: excluded = [] }: ImageFilter,
  known: readonly Image[],
): void {
  const isKnown = isServerOf(known);
  const unknown = [...server, ...excluded].find((wanted) => !isKnown(wanted));
  if (unknown === undefined) return;
  const argument = server.includes(unknown) ? "server" : "exclude_servers";
  const names = known.flatMap(({ created_from }) => created_from?.name ?? []);
  const offered = [...new Set(names)].filter((name) => SERVER_NAME.test(name));
  throw new ToolError(
    "invalid_input",
    `${argument}: no snapshot or backup was created from a server ${quote(unknown)}.${didYouMean(unknown, offered)} A server that never had an image is not known here.`,
  );
}

/** Throws {@link ToolError} for the id of one server that is the name of another: excluding both is safe, selecting both is not. */
function refuseAmbiguousServers({ server = [] }: ImageFilter, known: readonly Image[]): void {
  const ambiguous = server.find((wanted) => {
    const ids = known
      .filter((image) => isFromServer(image, wanted))
      .map(({ created_from: from }) => String(from?.id));
    return ids.includes(wanted) && ids.some((id) => id !== wanted);
  });
  if (ambiguous === undefined) return;
  throw new ToolError(
    "invalid_input",
    `server: ${quote(ambiguous)} is the id of one server and the name of another. Select the images by label_selector or ids.`,
  );
}

/** Throws when an image lacks the selected labels: a proxy that drops a parameter must not widen a plan. Leaves `!=` to the API. */
function refuseUnlessSelected(images: readonly Image[], selector: string | undefined): void {
  const wanted = selector === undefined ? [] : parseSelector(selector);
  const certain = wanted.filter(({ op }) => op === "in" || op === "exists");
  if (images.every(({ labels }) => matchesSelector(certain, labels))) return;
  throw new HcloudError("malformed_reply", "an image without the selected labels was listed");
}
