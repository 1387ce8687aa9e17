/**
 * How images look to a model. One image is an object, from which null, empty and false are omitted; a list is a table. Field
 * names are the API's.
 */

import type { Image, Pagination } from "../hcloud/types.ts";
import { describeDueDay, isDue, isInBin } from "../housekeeping/bin.ts";
import { serverLabel } from "../housekeeping/groups.ts";
import { clean } from "../text.ts";
import { compact } from "./blank.ts";
import { commonLabels, createLabelsText, labelsText, viewLabels } from "./labels.ts";
import { labelServers } from "./servers.ts";
import { type Columns, pageOf, type Rows, type Table, tabulate } from "./table.ts";
import { ageInDays, toMinute } from "./time.ts";

/** Characters of a description or name, in an object and in a row. */
const LONG = 500;
const SHORT = 120;

export type ImageView = { id: number; type: string; status: string } & Record<string, unknown>;

/** One image with all it has, and its age in full days at `now` (milliseconds). */
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
      bin: isInBin(image) && `${describeDueDay([image])}${isDue(image, now) ? ", due" : ""}`,
    }),
  };
}

/** A page of `list`, as far as that was read; ages are those at `now`, in ms. */
export function tableOfImages(
  images: readonly Image[],
  now: number,
  pagination: Pagination,
  list: readonly Image[] = images,
): Table {
  return pageOf(rowsOfImages(images, now, list), pagination);
}

/** As {@link tableOfImages}, of a list that is shown whole. */
export function rowsOfImages(images: readonly Image[], now: number, list = images): Rows {
  const common = commonLabels(images);
  const inAll = labelsText(common);
  const inRow = createLabelsText(common);
  // On Node 20, members behind a spread take longer than several rows.
  return tabulate(
    images,
    Object.assign(leading(now, labelServers(list)), {
      flags: (image: Image) => flagsOf(image, now),
      labels: ({ labels }: Image) => inRow(labels),
    }),
    Object.assign({}, OTHER_COLUMNS, { labels: () => inAll }),
  );
}

/** The columns with which each table of images begins. */
export function leading(now: number, server = serverLabel): Columns<Image> {
  return {
    id: ({ id }) => id,
    description: ({ description, name }) => clean(description || (name ?? ""), SHORT),
    server,
    created: ({ created }) => toMinute(created),
    age_days: (image) => ageInDays(image, now),
    image_size: ({ image_size: gb }) => gb && Math.round(gb * 100) / 100,
  };
}

/** What is rare, in words. */
function flagsOf(image: Image, now: number): string {
  const { protection, status, deleted } = image;
  const words = [
    isInBin(image) && (isDue(image, now) ? "due" : "binned"),
    protection.delete && "protected",
    status !== "available" && clean(status, SHORT),
    deleted && "deleted",
  ];
  return words.filter(Boolean).join(" ");
}

const OTHER_COLUMNS: Columns<Image> = {
  type: ({ type }) => clean(type, SHORT),
  name: ({ name, description }) => description && name !== description && clean(name ?? "", SHORT),
  architecture: ({ architecture }) => clean(architecture, SHORT),
  disk_size: ({ disk_size }) => disk_size,
  // A backup is bound to the server that it was created from, unless the API says otherwise.
  bound_to: ({ bound_to, created_from }) => bound_to !== created_from?.id && bound_to,
  unavailable_after: ({ deprecation }) => toMinute(deprecation?.unavailable_after ?? ""),
};
