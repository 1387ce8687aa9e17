import { describe, expect, test } from "vitest";
import { unwrap } from "../../src/hcloud/change.ts";
import type { ImagesApi } from "../../src/hcloud/images.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import { catchError, NO_GUARDS, startCloud } from "../support/cloud.ts";
import { openapi } from "../support/openapi.ts";
import { image } from "../support/simulated.ts";

const BIG = Number.MAX_SAFE_INTEGER;

interface Operation {
  what: string;
  run: (hcloud: ImagesApi) => Promise<unknown>;
  method: string;
  path: string;
  query?: [string, string][];
  body?: unknown;
}

const IMAGES_QUERY = {
  sort: ["created:desc", "id"],
  type: ["snapshot", "backup"],
  status: ["available", "creating"],
  bound_to: [42, BIG],
  include_deprecated: true,
  name: "ubuntu-24.04",
  label_selector: "env in (a,b),!keep,x!=y",
  architecture: "x86",
  page: 2,
  per_page: 50,
};
const IMAGES_SENT: [string, string][] = [
  ["sort", "created:desc"],
  ["sort", "id"],
  ["type", "snapshot"],
  ["type", "backup"],
  ["status", "available"],
  ["status", "creating"],
  ["bound_to", "42"],
  ["bound_to", String(BIG)],
  ["include_deprecated", "true"],
  ["name", "ubuntu-24.04"],
  ["label_selector", "env in (a,b),!keep,x!=y"],
  ["architecture", "x86"],
  ["page", "2"],
  ["per_page", "50"],
];
const ACTIONS_QUERY = { sort: ["started:desc", "id"], status: ["running", "error"], page: 1, per_page: 1 };
const ACTIONS_SENT: [string, string][] = [
  ["sort", "started:desc"],
  ["sort", "id"],
  ["status", "running"],
  ["status", "error"],
  ["page", "1"],
  ["per_page", "1"],
];

const OPERATIONS: Operation[] = [
  { what: "all images", run: (h) => h.listImages({}), method: "GET", path: "/images" },
  {
    what: "images by everything",
    run: (h) => h.listImages(IMAGES_QUERY),
    method: "GET",
    path: "/images",
    query: IMAGES_SENT,
  },
  { what: "an image", run: (h) => h.getImage(BIG), method: "GET", path: `/images/${BIG}` },
  { what: "the price of images", run: (h) => h.getImagePrice(), method: "GET", path: "/pricing" },
  {
    what: "an update of everything",
    run: (h) =>
      h.updateImage(
        1,
        { description: "ü 🦊", type: "snapshot", labels: { "a.b/c": "1", keep: "" } },
        NO_GUARDS,
      ),
    method: "PUT",
    path: "/images/1",
    body: { description: "ü 🦊", type: "snapshot", labels: { "a.b/c": "1", keep: "" } },
  },
  {
    what: "an update of the description",
    run: (h) => h.updateImage(1, { description: "", type: undefined, labels: undefined }, NO_GUARDS),
    method: "PUT",
    path: "/images/1",
    body: { description: "" },
  },
  {
    what: "an update that removes all labels",
    run: (h) => h.updateImage(1, { labels: {} }, NO_GUARDS),
    method: "PUT",
    path: "/images/1",
    body: { labels: {} },
  },
  { what: "a deletion", run: (h) => h.deleteImage(1, NO_GUARDS), method: "DELETE", path: "/images/1" },
  {
    what: "protecting",
    run: (h) => h.changeImageProtection(1, { delete: true }, NO_GUARDS),
    method: "POST",
    path: "/images/1/actions/change_protection",
    body: { delete: true },
  },
  {
    what: "unprotecting",
    run: (h) => h.changeImageProtection(1, { delete: false }, NO_GUARDS),
    method: "POST",
    path: "/images/1/actions/change_protection",
    body: { delete: false },
  },
  {
    what: "all actions",
    run: (h) => h.listImageActions({ id: [13, BIG], ...ACTIONS_QUERY }),
    method: "GET",
    path: "/images/actions",
    query: [["id", "13"], ["id", String(BIG)], ...ACTIONS_SENT],
  },
  { what: "an action", run: (h) => h.getImageAction(13), method: "GET", path: "/images/actions/13" },
  {
    what: "the actions of an image",
    run: (h) => h.listActionsForImage(1, ACTIONS_QUERY),
    method: "GET",
    path: "/images/1/actions",
    query: ACTIONS_SENT,
  },
  {
    what: "an action of an image",
    run: (h) => h.getActionForImage(1, 13),
    method: "GET",
    path: "/images/1/actions/13",
  },
];

const ACTION = {
  id: 13,
  command: "change_protection",
  status: "success",
  progress: 100,
  started: "2026-11-01T10:10:00Z",
  finished: "2026-11-01T10:10:01Z",
  resources: [{ id: 1, type: "image" }],
  error: null,
};

/** Two images; the first was protected once. */
async function startProject(intercept?: Intercept) {
  const cloud = await startCloud({
    images: [image(1), image(2), image(BIG)],
    ...(intercept && { intercept }),
  });
  cloud.simulator.state.actions.set(13, ACTION);
  return cloud;
}

describe("createImagesApi", () => {
  test.each(OPERATIONS)(
    "sends the documented request for $what",
    async ({ run, method, path, query = [], body }) => {
      const { hcloud, simulator } = await startProject();
      await run(hcloud);
      const read = method === "GET" ? [] : [{ method: "GET", path: "/images/1" }];
      expect(simulator.requests).toMatchObject([...read, { method, path }]);
      const request = simulator.requests.at(-1);
      expect(request).toMatchObject({
        method,
        path,
        query,
        rawUrl: expect.not.stringMatching(/\[|\]|%5B|,/),
      });
      expect(request?.body === "" ? undefined : JSON.parse(request?.body ?? "")).toEqual(body);
    },
  );

  test.skipIf(openapi === null).each(OPERATIONS)(
    "sends a request for $what that fits the OpenAPI document",
    async ({ run }) => {
      const { hcloud, simulator } = await startProject();
      await run(hcloud);
      for (const { method, path, query, body } of simulator.requests) {
        expect(openapi?.checkRequest(method, path, query, body)).toEqual([]);
      }
    },
  );
});

describe("ImagesApi", () => {
  test("listImages returns one page", async () => {
    const { hcloud } = await startProject();
    const { images, pagination } = await hcloud.listImages({ sort: ["id:desc"], per_page: 2 });
    expect(images.map(({ id }) => id)).toEqual([BIG, 2]);
    expect(pagination).toMatchObject({ page: 1, next_page: 2, total_entries: 3 });
  });

  test("updateImage returns the image as it is now, and as it was right before", async () => {
    const { hcloud } = await startProject();
    expect(unwrap(await hcloud.updateImage(1, { labels: { env: "prod" } }, NO_GUARDS))).toMatchObject({
      image: { id: 1, description: "image 1", labels: { env: "prod" } },
      before: { id: 1, description: "image 1", labels: {} },
    });
  });

  test.each([
    ["an image", (h: ImagesApi) => h.getImage(1), { image: image(2) }],
    ["an action", (h: ImagesApi) => h.getImageAction(13), { action: { ...ACTION, id: 14 } }],
    [
      "an action of an image",
      (h: ImagesApi) => h.getActionForImage(1, 13),
      { action: { ...ACTION, id: 14 } },
    ],
  ])("%s with another id than the requested one is malformed_reply", async (_, run, body) => {
    const { hcloud } = await startProject((_, response) => {
      response.end(JSON.stringify(body));
      return "handled";
    });
    expect(await catchError(run(hcloud))).toMatchObject({
      code: "malformed_reply",
      message: expect.stringMatching(/\bid \d+ .*\b\d+\b/),
    });
  });
});
