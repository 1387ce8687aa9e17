import { describe, expect, test } from "vitest";
import {
  alter,
  changes,
  expectFailure,
  expectMistake,
  PROTECTED,
  question,
  rows,
  SNAPSHOT,
  start,
  stored,
} from "../support/answers.ts";
import { aged, many, PLAN } from "../support/cleanup.ts";

describe("hcloud_plan_image_cleanup", () => {
  test("a plan does not select an image with the label keep, not even by its id", async () => {
    const { call } = await start({ images: many(3, (i) => (i === 0 ? { labels: { keep: "" } } : {})) });
    const answer = await call(PLAN, { ids: [1001, 1002] });
    expect(rows(answer).map(({ id }) => id)).toEqual([1002]);
    expect(answer.data["not_deletable"]).toMatchObject([{ id: 1001 }]);
  });

  test("a plan excludes a server by a name of digits, and refuses to filter by digits that are also an id", async () => {
    const server = (id: number, name: string) => ({ created_from: { id, name } });
    const images = [
      ...[aged(1, 1, server(42, "2024")), aged(2, 9, server(42, "2024"))],
      ...[aged(3, 1, server(2024, "web")), aged(4, 9, server(2024, "web"))],
    ];
    const { call } = await start({ images });
    const policy = { keep_last: 1 };
    expect(rows(await call(PLAN, { ...policy, exclude_servers: ["2024"] }))).toEqual([]);
    expectMistake(await call(PLAN, { ...policy, server: ["2024"] }), "server", '"2024"', "label_selector");
  });

  test("a plan does not say that a server loses all images when a label selector excludes some of them", async () => {
    const images = many(4, (i) => ({ labels: i === 3 ? { env: "test" } : {} }));
    const { call } = await start({ images });
    const { data } = await call(PLAN, { label_selector: "env=test", allow_empty_groups: true });
    expect(data).not.toHaveProperty("groups_left_empty");
    expect(data["unusual"] ?? {}).not.toHaveProperty("last_of_its_server");
  });

  test("a plan fails when the API lists images without the label that was asked for", async () => {
    const { call, simulator } = await start({ images: many(3, () => ({ labels: { env: "prod" } })) });
    simulator.intercept = (request) => {
      request.query.splice(
        0,
        request.query.length,
        ...request.query.filter(([name]) => name !== "label_selector"),
      );
      return undefined;
    };
    expectFailure(await call(PLAN, { label_selector: "env=test" }), "malformed_reply");
  });

  test("a plan counts the images of unknown size beside the GB", async () => {
    const { call } = await start({ images: many(3, (i) => (i === 2 ? { image_size: null } : {})) });
    expect((await call(PLAN, { keep_last: 1 })).data["summary"]).toMatch(/1\.50 GB and 1 of unknown size/);
  });
});

describe("hcloud_update_image and hcloud_change_image_protection", () => {
  test("an update asks before it clears a description, which an MCP client may have filled in", async () => {
    const harness = await start();
    const args = { id: SNAPSHOT, description: "", labels: { ...stored(harness, SNAPSHOT).labels, a: "b" } };
    question(await harness.call("hcloud_update_image", args));
    expect(changes(harness)).toEqual([]);
  });

  test("an update asks before it replaces a description that is too long for the result to return", async () => {
    const harness = await start();
    alter(harness, SNAPSHOT, { description: "two\nlines" });
    question(await harness.call("hcloud_update_image", { id: SNAPSHOT, description: "new" }));
    expect(changes(harness)).toEqual([]);
  });
});

test("a change of protection reads an image again before it calls the image unprotected", async () => {
  const harness = await start();
  const args = { ids: [PROTECTED, SNAPSHOT], delete: false };
  const { confirm } = question(await harness.call("hcloud_change_image_protection", args));
  let reads = 0;
  harness.simulator.intercept = ({ method, path }) => {
    if (method === "GET" && path === `/images/${SNAPSHOT}` && ++reads === 2)
      alter(harness, SNAPSHOT, { protection: { delete: true } });
    if (reads === 1) harness.clock.pass(600);
    return undefined;
  };
  const { data } = await harness.call("hcloud_change_image_protection", { ...args, confirm });
  expect(data).toMatchObject({ status: "incomplete", failed: [{ id: SNAPSHOT, code: "conflict" }] });
  expect(stored(harness, SNAPSHOT).protection.delete).toBe(true);
});

describe("hcloud_report_images", () => {
  const nightly = (name: string, days: number, id: number) =>
    aged(id, days, { created_from: { id: 42, name } });

  test("a report does not call a series stopped that continues under the server's new name", async () => {
    const images = [
      ...[8, 9, 10, 11].map((days) => nightly("old", days, days)),
      ...[1, 2, 3].map((days) => nightly("new", days, 100 + days)),
    ];
    const { call } = await start({ images });
    expect((await call("hcloud_report_images", { server: "old" })).data).not.toHaveProperty("stopped");
  });

  test("a report says that backups stopped", async () => {
    const images = many(7, (i) => ({
      ...{ type: "backup", bound_to: 42 },
      created: new Date(Date.UTC(2026, 9, 30 - i)).toISOString(),
    }));
    const { call } = await start({ images });
    const { stopped } = (await call("hcloud_report_images")).data as { stopped: { rows: unknown[][] } };
    expect(stopped.rows).toMatchObject([["web-1 (42), backups", "2026-10-30", 1]]);
  });

  test("a report notices that a series stopped after a clean-up has thinned it out", async () => {
    const days = [10, 11, 12, 17, 24, 31, 38, 45, 52, 59];
    const { call } = await start({ images: days.map((age, i) => aged(i + 1, age)) });
    expect((await call("hcloud_report_images")).data).toHaveProperty("stopped");
  });

  test("a report does not count an image that the API has deleted", async () => {
    const { call } = await start({
      images: many(3, (i) => (i === 0 ? { deleted: "2026-11-20T00:00:00Z" } : {})),
    });
    expect((await call("hcloud_report_images")).data["total"]).toMatchObject({ snapshots: 2 });
  });
});
