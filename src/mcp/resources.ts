/** What a person can attach to a chat: the report on all images, and each image. */

import { HcloudError } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { clean } from "../text.ts";
import type { Call } from "../tool.ts";
import { report } from "../tools/report.ts";
import { viewImage } from "../view/images.ts";

const REPORT = "hcloud://images";
const IMAGE = /^hcloud:\/\/images\/([1-9]\d{0,15})$/;

export const resources = [
  {
    uri: REPORT,
    name: "images",
    title: "Images of the project",
    description: "Counts, GB and money per month of all snapshots and backups",
    mimeType: "application/json",
  },
];

export const resourceTemplates = [
  {
    uriTemplate: `${REPORT}/{id}`,
    name: "image",
    title: "Image",
    description: "One image with all its fields",
    mimeType: "application/json",
  },
];

/** The resource as data; null when there is none of this URI. */
export async function readResource(uri: string, hcloud: ImagesApi, call: Call): Promise<object | null> {
  if (uri === REPORT) return report("server", undefined, hcloud, call);
  const id = Number(IMAGE.exec(uri)?.[1]);
  return Number.isSafeInteger(id) ? viewImage(await hcloud.getImage(id), hcloud.clock.now()) : null;
}

/**
 * Ids of snapshots and backups of which the id begins with, or the description contains, what was typed: among the newest
 * 50, or the one image of any type whose whole id was typed.
 */
export async function completeId(
  typed: string,
  hcloud: ImagesApi,
): Promise<{ values: string[]; hasMore: boolean }> {
  const { images, pagination } = await hcloud.listImages({
    type: ["snapshot", "backup"],
    sort: ["created:desc"],
    per_page: 50,
  });
  const wanted = typed.trim().toLowerCase();
  const fits = ({ id, description }: Image) =>
    String(id).startsWith(wanted) || clean(description, 500).toLowerCase().includes(wanted);
  const found = images.filter(fits).map(({ id }) => String(id));
  const whole =
    found.length === 0 && IMAGE.test(`${REPORT}/${wanted}`) ? await findImage(Number(wanted), hcloud) : null;
  return { values: whole ? [String(whole.id)] : found, hasMore: pagination.next_page !== null && !whole };
}

async function findImage(id: number, hcloud: ImagesApi): Promise<Image | null> {
  try {
    return await hcloud.getImage(id);
  } catch (error) {
    if (error instanceof HcloudError && error.code === "not_found") return null;
    throw error;
  }
}
