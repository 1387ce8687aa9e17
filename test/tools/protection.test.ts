import { describe, expect, test } from "vitest";
import {
  APP,
  alter,
  answering,
  apiError,
  BACKUP,
  changes,
  expectFailure,
  expectMistake,
  expectUntouched,
  lines,
  MISSING,
  PROTECTED,
  question,
  SNAPSHOT,
  SYSTEM,
  start,
  stored,
} from "../support/answers.ts";

const PROTECTION = "hcloud_change_image_protection";
const path = (id: number) => `/images/${id}/actions/change_protection`;

describe("switching protection on", () => {
  test("protecting needs no confirmation: the image is read, changed, and read again", async () => {
    const harness = await start();
    const { data } = await harness.call(PROTECTION, { id: SNAPSHOT, delete: true });
    expect(data).toEqual({
      status: "done",
      id: SNAPSHOT,
      protection: { delete: true },
      action: expect.objectContaining({ command: "change_protection", status: "success", progress: 100 }),
    });
    expect(changes(harness)).toEqual([[`POST ${path(SNAPSHOT)}`, { delete: true }]]);
    const sent = lines(harness.simulator.requests);
    expect([sent[0], sent[1], sent.at(-1)]).toEqual([
      `GET /images/${SNAPSHOT}`,
      `POST ${path(SNAPSHOT)}`,
      `GET /images/${SNAPSHOT}`,
    ]);
    expect(stored(harness, SNAPSHOT).protection.delete).toBe(true);
    const event = { tool: PROTECTION, ids: [SNAPSHOT], args: { id: SNAPSHOT, delete: true } };
    expect(harness.events).toMatchObject([
      { ...event, outcome: "started" },
      { ...event, outcome: "done" },
    ]);
  });

  test("the API refuses to protect a backup", async () => {
    const harness = await start();
    // The API's own words are quoted.
    const why = "protection can only be changed on images of type snapshot";
    expectFailure(await harness.call(PROTECTION, { id: BACKUP, delete: true }), "service_error", why);
    expect(stored(harness, BACKUP).protection.delete).toBe(false);
  });
});

describe("switching protection off", () => {
  const args = { id: PROTECTED, delete: false };

  test("lifting protection needs a confirmation", async () => {
    const harness = await start();
    const before = stored(harness, PROTECTED);
    const { preview, confirm } = question(await harness.call(PROTECTION, args));
    expect(preview).toEqual({
      will: `lift the delete protection of snapshot ${PROTECTED}`,
      cannot_be_undone: expect.any(String),
      image: expect.objectContaining({ description: "golden web x86", protection: { delete: true } }),
    });
    expect(confirm).toMatch(new RegExp(`^lift the protection of snapshot ${PROTECTED} #[2-9a-z]{12}$`));
    expectUntouched(harness, before);

    const { data } = await harness.call(PROTECTION, { ...args, confirm });
    expect(data).toMatchObject({ status: "done", id: PROTECTED, protection: { delete: false } });
    expect(changes(harness)).toEqual([[`POST ${path(PROTECTED)}`, { delete: false }]]);
    expect(stored(harness, PROTECTED).protection.delete).toBe(false);
    expect(harness.events.map(({ outcome, args }) => [outcome, args])).toEqual(
      ["preview", "confirmed", "done"].map((outcome) => [outcome, args]),
    );
  });

  test("lifting protection is refused with the difference when the image has changed since the preview", async () => {
    const harness = await start();
    const { confirm } = question(await harness.call(PROTECTION, args));
    alter(harness, PROTECTED, { description: "theirs" });
    const before = stored(harness, PROTECTED);
    const fresh = question(await harness.call(PROTECTION, { ...args, confirm }));
    for (const fact of [PROTECTED, '"golden web x86"', '"theirs"'])
      expect(fresh.refused).toContain(`${fact}`);
    expectUntouched(harness, before);
    expect((await harness.call(PROTECTION, { ...args, confirm: fresh.confirm })).data["status"]).toBe("done");
  });

  test("lifting the protection of a missing image is an error", async () => {
    const { call, simulator } = await start();
    expectFailure(await call(PROTECTION, { id: MISSING, delete: false }), "not_found");
    expect(simulator.writes()).toEqual([]);
  });
});

test.each([
  [SYSTEM, true],
  [SYSTEM, false],
  [APP, true],
  [APP, false],
])("the protection of image %i of Hetzner is not changed with delete %j", async (id, wanted) => {
  const harness = await start();
  expectFailure(await harness.call(PROTECTION, { id, delete: wanted }), "invalid_input", id, '["snapshot"]');
  expectUntouched(harness, stored(harness, id));
});

describe("nothing to change", () => {
  test.each([
    [PROTECTED, true, "protected"],
    [SNAPSHOT, false, "unprotected"],
    [BACKUP, false, "unprotected"],
  ])("nothing is sent for image %i with delete %j, which is %s already", async (id, wanted, word) => {
    const harness = await start();
    const before = stored(harness, id);
    const { data } = await harness.call(PROTECTION, { id, delete: wanted });
    expect(data).toEqual({
      status: "unchanged",
      id,
      protection: { delete: wanted },
      next: `The image is ${word} already; nothing was sent.`,
    });
    expect(lines(harness.simulator.requests)).toEqual([`GET /images/${id}`]);
    expectUntouched(harness, before);
    expect(harness.events.map(({ outcome }) => outcome)).toEqual(["started", "unchanged"]);
  });

  test("nothing is sent for an image that lost its protection after the preview", async () => {
    const harness = await start();
    const args = { id: PROTECTED, delete: false };
    const { confirm } = question(await harness.call(PROTECTION, args));
    alter(harness, PROTECTED, { protection: { delete: false } });
    expect((await harness.call(PROTECTION, { ...args, confirm })).data["status"]).toBe("unchanged");
    expect(harness.simulator.writes()).toEqual([]);
  });
});

test("an image on which another action runs is reported as locked", async () => {
  const harness = await start({
    intercept: answering("POST", "/images/", apiError(423, "locked", "image is locked")),
  });
  const answer = await harness.call(PROTECTION, { id: SNAPSHOT, delete: true });
  expectFailure(answer, "locked", "hcloud_list_actions_for_image");
  expect(changes(harness)).toHaveLength(1);
});

test.each<[args: Record<string, unknown>, argument: string, ...facts: string[]]>([
  [{ id: SNAPSHOT }, "delete"],
  [{ delete: true }, "", "id or ids"],
  [{ id: SNAPSHOT, ids: [SNAPSHOT], delete: true }, "", "id or ids"],
  [{ ids: [], delete: true }, "ids", "1 to 50"],
  [{ ids: [SNAPSHOT, SNAPSHOT], delete: true }, "ids", "twice"],
  [{ ids: Array.from({ length: 51 }, (_, i) => i + 1), delete: true }, "ids", "1 to 50"],
  [{ id: SNAPSHOT, delete: "no" }, "delete"],
  [{ id: SNAPSHOT, delete: null }, "delete", "required"],
  [{ id: SNAPSHOT, protection: { delete: true } }, "", "unknown", '"protection"'],
  [{ id: SNAPSHOT, delete: true, rebuild: true }, "", "unknown", '"rebuild"'],
])("%j is refused before anything is sent", async (args, argument, ...facts) => {
  const { call, simulator } = await start();
  expectMistake(await call(PROTECTION, args), argument, ...facts);
  expect(simulator.requests).toEqual([]);
});
