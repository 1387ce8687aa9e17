/** Resources that a user can attach to a chat: the report on all images, and each image by its id, with completion of the id. */

import {
  CompleteRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { explain } from "../call/explain.ts";
import { apiNow } from "../hcloud/api-time.ts";
import { isNotFound } from "../hcloud/errors.ts";
import type { ImagesApi } from "../hcloud/images.ts";
import type { Image } from "../hcloud/types.ts";
import { clean, MAX_QUOTED_CHARS } from "../text.ts";
import type { CallContext } from "../tool.ts";
import { createReport } from "../tools/report-images.ts";
import { viewImage } from "../view/images.ts";
import { defineListMethod, defineMethod, type Method } from "./dispatch.ts";
import { PAGE_URI, readPage } from "./page.ts";
import { ProtocolError } from "./protocol-error.ts";
import { withoutToken } from "./results.ts";
import { openRequest, reportIfInternal, type Session } from "./session.ts";

/** The code of MCP before 2026-07-28 for an unknown resource; the SDK has no name for the code. */
export const RESOURCE_NOT_FOUND = -32002;

const REPORT_URI = "hcloud://images";
const IMAGE_URI_TEMPLATE = `${REPORT_URI}/{id}`;
const IMAGE_URI = /^hcloud:\/\/images\/([1-9]\d{0,15})$/;

const mimeType = "application/json";

const resources = [
  {
    uri: REPORT_URI,
    name: "images",
    title: "Images of the project",
    description: "Counts, GB and price per month of all snapshots and backups",
    mimeType,
  },
];

const resourceTemplates = [
  {
    uriTemplate: IMAGE_URI_TEMPLATE,
    name: "image",
    title: "Image",
    description: "One image with all its fields",
    mimeType,
  },
];

export function createResourceMethods(session: Session): Method[] {
  const { project, client } = session;
  const resourceNotFound = (uri: string, sentence: string) =>
    new ProtocolError(RESOURCE_NOT_FOUND, sentence, { uri: client.redact(clean(uri, MAX_QUOTED_CHARS)) });
  return [
    defineListMethod(ListResourcesRequestSchema, () => ({ resources })),
    defineListMethod(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates })),
    defineMethod(ReadResourceRequestSchema, async ({ uri }, extra) => {
      if (uri === PAGE_URI) return { contents: [await readPage()] };
      const { api, call } = openRequest(session, extra, { isPatient: uri === REPORT_URI }).start();
      const data = await readResource(uri, api, call).catch((error) => {
        throw isNotFound(error) ? resourceNotFound(uri, explain(error)) : error;
      });
      if (!data)
        throw resourceNotFound(uri, `No such resource. There are ${REPORT_URI} and ${IMAGE_URI_TEMPLATE}.`);
      const [, text] = withoutToken({ ...(project && { project }), ...data }, client.redact);
      return { contents: [{ uri, mimeType, text }] };
    }),
    defineMethod(CompleteRequestSchema, async ({ ref, argument }, extra) => {
      const isImageId =
        ref.type === "ref/resource" && ref.uri === IMAGE_URI_TEMPLATE && argument.name === "id";
      if (!isImageId) return { completion: { values: [] } };
      const { api } = openRequest(session, extra).start();
      const completion = await completeId(argument.value, api).catch((error) => {
        // Completion is a convenience: without an API response, the list is empty.
        if (!extra.signal.aborted) reportIfInternal(error, "completion/complete", session);
        return { values: [] };
      });
      return { completion };
    }),
  ];
}

/** Returns the resource as data, or null when no resource has this URI. */
async function readResource(uri: string, api: ImagesApi, call: CallContext): Promise<object | null> {
  if (uri === REPORT_URI) return createReport("server", {}, api, call);
  const id = Number(IMAGE_URI.exec(uri)?.[1]);
  return Number.isSafeInteger(id) ? viewImage(await api.getImage(id), apiNow(api)) : null;
}

/**
 * Returns the ids of the newest 50 snapshots and backups whose id starts with the typed text or whose description contains
 * it. Without such an image, the typed text may be the whole id of an image of any type.
 */
async function completeId(typed: string, api: ImagesApi): Promise<{ values: string[]; hasMore: boolean }> {
  const { images, pagination } = await api.listImages({
    type: ["snapshot", "backup"],
    sort: ["created:desc"],
    per_page: 50,
  });
  const wanted = typed.trim().toLowerCase();
  const isMatch = ({ id, description }: Image) =>
    String(id).startsWith(wanted) || clean(description, 500).toLowerCase().includes(wanted);
  const found = images.filter(isMatch).map(({ id }) => String(id));
  const isWholeId = found.length === 0 && IMAGE_URI.test(`${REPORT_URI}/${wanted}`);
  const image = isWholeId ? await findImage(Number(wanted), api) : null;
  if (image) return { values: [String(image.id)], hasMore: false };
  return { values: found, hasMore: pagination.next_page !== null };
}

async function findImage(id: number, api: ImagesApi): Promise<Image | null> {
  return api.getImage(id).catch((error) => {
    if (isNotFound(error)) return null;
    throw error;
  });
}
