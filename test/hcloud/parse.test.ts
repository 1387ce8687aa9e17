import { describe, expect, test } from "vitest";
import type { ApiResponse } from "../../src/hcloud/client.ts";
import { HcloudError } from "../../src/hcloud/errors.ts";
import { parseAction, parseActionPage, parseImage, parseImagePage } from "../../src/hcloud/parse.ts";
import { image } from "../support/simulated.ts";

const reply = (body: unknown): ApiResponse => ({ status: 200, body, correlationId: "abc123", sentAt: 0 });

const PAGINATION = {
  page: 1,
  per_page: 25,
  previous_page: null,
  next_page: 2,
  last_page: 2,
  total_entries: 30,
};
const META = { pagination: PAGINATION };
const ACTION = {
  id: 13,
  command: "change_protection",
  status: "running",
  progress: 40,
  started: "2026-11-23T12:00:00Z",
  finished: null,
  resources: [{ id: 1, type: "image" }],
  error: null,
};

const readImage = (members: object) => parseImage(reply({ image: { ...image(1), ...members } }));
const readAction = (members: object) => parseAction(reply({ action: { ...ACTION, ...members } }));

/** An object without one of its members. */
function without(object: object, key: string): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

function mistake(read: () => unknown): HcloudError {
  try {
    const value = read();
    throw new Error(`it was read as ${JSON.stringify(value)}`);
  } catch (error) {
    if (error instanceof HcloudError) return error;
    throw error;
  }
}

describe("parseImage", () => {
  test("reads all members, and nothing else", () => {
    const { deprecated: _, ...known } = image(1, {
      labels: { env: "prod", keep: "" },
      protection: { delete: true },
    });
    expect(parseImage(reply({ image: { ...known, deprecated: null, colour: "blue" }, more: 1 }))).toEqual(
      known,
    );
  });

  test.each([
    ["type", "template"],
    ["status", "archiving"],
    ["architecture", "riscv"],
    ["os_flavor", "plan9"],
  ])("reads an unknown %s", (member, value) => {
    expect(readImage({ [member]: value })).toMatchObject({ [member]: value });
  });

  test.each([
    "name",
    "image_size",
    "created_from",
    "bound_to",
    "os_version",
    "rapid_deploy",
    "deleted",
    "description",
    "disk_size",
    "os_flavor",
    "architecture",
    "deprecated",
    "deprecation",
  ])("reads a response without its %s", (member) => {
    expect(parseImage(reply({ image: without(image(1), member) })).id).toBe(1);
  });

  test.each([["id"], ["type"], ["status"], ["created"], ["labels"], ["protection"]])(
    "rejects an action without its %s",
    (member) => {
      expect(mistake(() => parseImage(reply({ image: without(image(1), member) })))).toMatchObject({
        code: "malformed_reply",
        status: 200,
        correlationId: "abc123",
        message: expect.stringContaining(`image.${member}`),
      });
    },
  );

  test.each([
    { id: "1" },
    { id: 0 },
    { id: 1.5 },
    { id: 2 ** 53 },
    { labels: null },
    { labels: [] },
    { labels: { env: 1 } },
    { protection: null },
    { protection: {} },
    { protection: { delete: "false" } },
    { type: null },
    { status: 3 },
    { created: 1_763_899_200 },
  ])("rejects an image with %j", (members) => {
    expect(mistake(() => readImage(members)).code).toBe("malformed_reply");
  });
});

describe("parseImage", () => {
  const announced = "2026-01-31T08:00:00+00:00";
  const deprecation = { announced, unavailable_after: "2026-05-01T00:00:00Z" };

  test("reads the API's deprecation", () => {
    expect(readImage({ deprecation, deprecated: undefined })).toMatchObject({ deprecation });
  });

  test("prefers the new member of a deprecation to the old one", () => {
    expect(readImage({ deprecation, deprecated: "2020-01-01T00:00:00Z" })).toMatchObject({ deprecation });
  });

  test.each([
    ["2026-01-15T08:00:00Z", "2026-04-15T08:00:00.000Z"],
    ["2026-10-05T10:00:00+02:00", "2027-01-05T08:00:00.000Z"],
    ["2025-11-30T00:00:00Z", "2026-03-02T00:00:00.000Z"],
  ])(
    "takes an image that the old member announces on %s for available until three months later",
    (deprecated, unavailable_after) => {
      for (const members of [
        { deprecated, deprecation: null },
        { deprecated, deprecation: undefined },
      ]) {
        expect(readImage(members).deprecation).toEqual({ announced: deprecated, unavailable_after });
      }
    },
  );

  test.each([
    [null, null],
    [undefined, undefined],
    ["soon", undefined],
    [false, {}],
  ])("reads no deprecation when the members are %j and %j", (deprecated, deprecation) => {
    expect(readImage({ deprecated, deprecation }).deprecation).toBeNull();
  });

  test("accepts a deprecation at the end of time", () => {
    expect(readImage({ deprecated: "+275760-09-13T00:00:00Z", deprecation: null }).id).toBe(1);
  });
});

describe("parseAction", () => {
  test("reads all members, and nothing else", () => {
    expect(readAction({ colour: "blue" })).toEqual(ACTION);
  });

  test("reads an unknown status, command and kind of resource", () => {
    const members = { status: "paused", command: "compress", resources: [{ id: 5, type: "volume" }] };
    expect(readAction(members)).toMatchObject(members);
  });

  test("reads the error that the API shows of a success", () => {
    const error = { code: "action_failed", message: "Action failed" };
    expect(readAction({ status: "success", error })).toMatchObject({ status: "success", error });
  });

  test.each(["progress", "started", "finished", "resources", "error"])(
    "reads a response without its %s",
    (member) => {
      expect(parseAction(reply({ action: without(ACTION, member) })).id).toBe(13);
    },
  );

  test.each(["id", "command", "status"])("rejects an action without its %s", (member) => {
    const { code, message } = mistake(() => parseAction(reply({ action: without(ACTION, member) })));
    expect([code, message]).toEqual(["malformed_reply", `action.${member} is missing or of the wrong type`]);
  });
});

describe("parseImagePage and parseActionPage", () => {
  test("read an empty list only when the API states one", () => {
    expect(parseImagePage(reply({ images: [], meta: META }))).toEqual({ images: [], pagination: PAGINATION });
    expect(parseActionPage(reply({ actions: [], meta: META }))).toEqual({
      actions: [],
      pagination: PAGINATION,
    });
  });

  test("read a list without the numbers that no decision depends on", () => {
    const { pagination } = parseImagePage(reply({ images: [], meta: { pagination: { page: 3 } } }));
    expect(pagination).toMatchObject({ page: 3, next_page: null, last_page: null, total_entries: null });
  });

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a list", []],
    ["text", "images"],
    ["no list", { meta: META }],
    ["null for its list", { images: null, actions: null, meta: META }],
    ["an object for its list", { images: {}, actions: {}, meta: META }],
    ["no meta", { images: [], actions: [] }],
    ["no pagination", { images: [], actions: [], meta: {} }],
    ["no page", { images: [], actions: [], meta: { pagination: { per_page: 25 } } }],
  ])("reject %s as a list", (_, body) => {
    expect(mistake(() => parseImagePage(reply(body))).code).toBe("malformed_reply");
    expect(mistake(() => parseActionPage(reply(body))).code).toBe("malformed_reply");
  });

  test("reject a list with an entry that cannot be read, and name the entry", () => {
    const images = [image(1), image(2), { ...image(3), labels: null }];
    expect(mistake(() => parseImagePage(reply({ images, meta: META }))).message).toContain(
      "images[2].labels",
    );
    const actions = [ACTION, null];
    expect(mistake(() => parseActionPage(reply({ actions, meta: META }))).message).toContain("actions[1]");
  });
});

test.each([
  ["next_page", "2"],
  ["next_page", 1.5],
  ["last_page", false],
  ["total_entries", -1],
])("rejects a page whose %s is %j, which is not taken for the last", (name, value) => {
  const pagination = { ...PAGINATION, [name]: value };
  const { code, message } = mistake(() => parseImagePage(reply({ images: [], meta: { pagination } })));
  expect([code, message]).toEqual(["malformed_reply", expect.stringContaining(`meta.pagination.${name}`)]);
});

test("parseImage takes an infinite size for unknown, like a missing one", () => {
  const { image_size, disk_size } = parseImage(
    reply({ image: { ...image(1), ...JSON.parse('{"image_size":1e999,"disk_size":-1e999}') } }),
  );
  expect([image_size, disk_size]).toEqual([null, 0]);
});
