import { describe, expect, test } from "vitest";
import { image, startSimulated } from "../support/simulated.ts";

const system = { type: "system", name: "debian-12" } as const;

describe("PUT images", () => {
  test("an update changes only what the body contains", async () => {
    const old = image(1, { labels: { env: "prod" } });
    const { ask, state } = await startSimulated({ images: [old, image(2)] });
    const reply = await ask("PUT", "/images/1", { description: "new" });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ image: { ...old, description: "new" } });
    expect((await ask("GET", "/images/1")).body).toEqual(reply.body);
    expect(state.images.get(2)).toEqual(image(2));
    expect(state.actions.size).toBe(0);
  });

  test("an update with an empty object or unknown members changes nothing", async () => {
    const { ask } = await startSimulated({ images: [image(1)] });
    for (const body of [{}, { id: 9, name: "x", protection: { delete: true }, created: "now" }]) {
      expect((await ask("PUT", "/images/1", body)).body.image).toEqual(image(1));
    }
  });

  test("the labels of an update replace the whole set", async () => {
    const { ask } = await startSimulated({ images: [image(1, { labels: { env: "prod", keep: "" } })] });
    const labels = async (labels: object) => (await ask("PUT", "/images/1", { labels })).body.image.labels;
    expect(await labels({ role: "web" })).toEqual({ role: "web" });
    expect(await labels({ "example.com/a_b.c-d": "", x: "a.b_c-9" })).toEqual({
      "example.com/a_b.c-d": "",
      x: "a.b_c-9",
    });
    expect(await labels({})).toEqual({});
  });

  test("label keys that mean something to JavaScript are labels like any other", async () => {
    const { ask, state } = await startSimulated({ images: [image(1), image(2)] });
    const reply = await ask("PUT", "/images/1", { labels: { constructor: "a", toString: "b" } });
    expect(Object.entries(reply.body.image.labels)).toEqual([
      ["constructor", "a"],
      ["toString", "b"],
    ]);
    const found = await ask("GET", "/images?label_selector=constructor");
    expect(found.body.images.map(({ id }) => id)).toEqual([1]);
    const proto = await ask(
      "PUT",
      "/images/1",
      '{"labels": {"__proto__": "x"}, "__proto__": {"type": "backup"}}',
    );
    expect(proto.status).toBe(422);
    expect(state.images.get(1)?.type).toBe("snapshot");
    expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
  });

  test("a backup becomes a snapshot and leaves its server", async () => {
    const { ask } = await startSimulated({ images: [image(1, { type: "backup", bound_to: 42 })] });
    const changed = (await ask("PUT", "/images/1", { type: "snapshot" })).body.image;
    expect(changed).toEqual(image(1, { type: "snapshot", bound_to: null }));
    expect((await ask("PUT", "/images/1", { type: "snapshot" })).body.image).toEqual(changed);
  });

  test("the empty description that the official CLI sends along with a type is stored", async () => {
    const { ask } = await startSimulated({ images: [image(1)] });
    const reply = await ask("PUT", "/images/1", { description: "", type: "snapshot" });
    expect([reply.status, reply.body.image.description]).toEqual([200, ""]);
  });

  test.each<[string, object]>([
    ["description", { description: 5 }],
    ["description", { description: null }],
    ["type", { type: "backup" }],
    ["type", { type: "" }],
    ["labels", { labels: null }],
    ["labels", { labels: ["env"] }],
    ["labels", { labels: "env=prod" }],
    ["labels", { labels: { "": "x" } }],
    ["labels", { labels: { "a:b": "x" } }],
    ["labels", { labels: { [`k${"k".repeat(63)}`]: "x" } }],
    ["labels", { labels: { "-env": "x" } }],
    ["labels", { labels: { "hetzner.cloud/owner": "x" } }],
    ["labels[env]", { labels: { env: 1 } }],
    ["labels[env]", { labels: { env: null } }],
    ["labels[env]", { labels: { ok: "ok", env: "a b" } }],
    ["labels[env]", { labels: { env: "me@home" } }],
    ["labels[agentbox.box]", { labels: { "agentbox.box": "x".repeat(64) } }],
  ])("an invalid %s is refused: %j", async (field, body) => {
    const { ask, state } = await startSimulated({ images: [image(1)] });
    const reply = await ask("PUT", "/images/1", body);
    expect(reply.status).toBe(422);
    expect(reply.body.error).toEqual({
      code: "invalid_input",
      message: `invalid input in field '${field}'`,
      details: { fields: [{ name: field, messages: [expect.stringMatching(/./)] }] },
    });
    expect(state.images.get(1)).toEqual(image(1));
  });

  test.each(["", "{", "null", "[]", '"text"', "7", '{"description":"x",}'])(
    "a body of %j is no JSON object",
    async (body) => {
      const { ask } = await startSimulated({ images: [image(1)] });
      for (const [method, path] of [
        ["PUT", "/images/1"],
        ["POST", "/images/1/actions/change_protection"],
      ] as const) {
        const reply = await ask(method, path, body);
        expect([reply.status, reply.body.error.code]).toEqual([400, "json_error"]);
      }
    },
  );

  test("images of Hetzner cannot be updated", async () => {
    const { ask } = await startSimulated({ images: [image(1, system), image(2, { type: "app" })] });
    for (const path of ["/images/1", "/images/2"]) {
      const reply = await ask("PUT", path, { description: "mine" });
      expect(reply.status).toBe(422);
      expect(reply.body.error.message).toBe("only images of type snapshot and backup can be updated");
    }
  });

  test("a missing image cannot be updated", async () => {
    const { ask } = await startSimulated({ images: [] });
    expect((await ask("PUT", "/images/1", {})).status).toBe(404);
  });
});

describe("DELETE images", () => {
  test("a deletion removes the image from every list", async () => {
    const { ask, state } = await startSimulated({
      images: [image(1), image(2, { type: "backup", bound_to: 42 })],
    });
    expect((await ask("DELETE", "/images/1")).status).toBe(204);
    expect((await ask("DELETE", "/images/2")).status).toBe(204);
    expect((await ask("GET", "/images")).body.images).toEqual([]);
    for (const path of ["/images/1", "/images/1/actions"]) expect((await ask("GET", path)).status).toBe(404);
    expect((await ask("DELETE", "/images/1")).body.error.code).toBe("not_found");
    expect((await ask("PUT", "/images/1", {})).status).toBe(404);
    expect(state.images.size).toBe(0);
  });

  test.each([
    ["a protected one", { protection: { delete: true } }, 423, "protected", "image deletion is protected"],
    ["one being created", { status: "creating" }, 423, "locked", "image is still being created"],
    ["a system image", system, 403, "forbidden", "images of type system cannot be deleted"],
    ["an app", { type: "app" }, 403, "forbidden", "images of type app cannot be deleted"],
  ] as const)("%s is not deleted", async (_, rest, status, code, message) => {
    const { ask, state } = await startSimulated({ images: [image(1, rest)] });
    const reply = await ask("DELETE", "/images/1");
    expect(reply.status).toBe(status);
    expect(reply.body.error).toEqual({ code, message, details: null });
    expect(state.images.has(1)).toBe(true);
  });
});
