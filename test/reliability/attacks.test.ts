import { describe, expect, test } from "vitest";
import {
  alter,
  answering,
  apiError,
  BACKUP,
  changes,
  expectFailure,
  failure,
  question,
  SNAPSHOT,
  start,
  stored,
} from "../support/answers.ts";
import { claimsUnchanged } from "../support/claims.ts";
import { aged, isDelete, many } from "../support/cleanup.ts";
import { group, OF_GROUP, startPlanned, usable } from "../support/deletion.ts";

const EDIT = "hcloud_edit_image_labels";
const UPDATE = "hcloud_update_image";

describe("a clock that is set back", () => {
  test("a clock that is set back does not stop the policy from keeping an image when the kept one vanishes", async () => {
    const { harness, carryOut, clock, simulator } = await startPlanned(group(14), {
      keep_last: 1,
      ...OF_GROUP,
    });
    let deletions = 0;
    simulator.intercept = (request) => {
      if (!isDelete(request)) return undefined;
      clock.pass(++deletions === 1 ? -120_000 : 2_500);
      if (deletions === 5) simulator.state.images.delete(1001);
      return undefined;
    };
    await carryOut();
    expect(usable(harness).length).toBeGreaterThanOrEqual(1);
  });

  test("a clock that is set back makes no old read look recent", async () => {
    const harness = await start({ rateLimit: 3600 });
    const { clock, simulator } = harness;
    const { confirm } = question(await harness.call("hcloud_delete_image", { id: SNAPSHOT }));
    // The read of the confirmed call is the last request that the rate limit allows.
    simulator.state.bucket.tokens = 1;
    const { sleep } = clock;
    let waits = 0;
    clock.sleep = async (ms, signal) => {
      if (++waits > 1) return sleep(ms, signal);
      clock.pass(-30_000);
      alter(harness, SNAPSHOT, { description: "precious", labels: { keep: "" } });
      simulator.state.bucket.tokens = 100;
      return sleep(5_000, signal);
    };
    failure(await harness.call("hcloud_delete_image", { id: SNAPSHOT, confirm }));
    expect(stored(harness, SNAPSHOT).description).toBe("precious");
  });
});

describe("a result that changed something", () => {
  test("a result does not say that nothing was changed when one edit was not written and another was overwritten", async () => {
    const harness = await start({ images: [aged(1, 1), aged(2, 2)] });
    const { simulator } = harness;
    let reads = 0;
    simulator.intercept = ({ method, path }) => {
      const isRead = method === "GET";
      if (isRead && path === "/images/1" && ++reads === 2) alter(harness, 1, { labels: { env: "theirs" } });
      if (isRead && path === "/images/2" && simulator.writes().length > 0)
        alter(harness, 2, { labels: { env: "theirs" } });
      return undefined;
    };
    const { data } = await harness.call(EDIT, { ids: [1, 2], set: { env: "prod" } });
    expect(changes(harness)).toHaveLength(1);
    expect(data).toMatchObject({ status: "incomplete", rows: [] });
    const why = Object.fromEntries(
      (data["failed"] as { id: number; why: string }[]).map((one) => [one.id, one.why]),
    );
    expect(claimsUnchanged(why[1] ?? "")).toBe(true);
    expect(claimsUnchanged(why[2] ?? "")).toBe(false);
  });

  test("a result does not say that nothing was changed when one image was deleted after its edit", async () => {
    const harness = await start({ images: [aged(1, 1), aged(2, 2)] });
    const { simulator } = harness;
    simulator.intercept = ({ method, path }) => {
      const isLater = path === "/images/2" && method === "GET" && simulator.writes().length > 0;
      if (isLater) simulator.state.images.delete(2);
      return undefined;
    };
    const { data } = await harness.call(EDIT, { ids: [77, 2], set: { env: "prod" } });
    const failed = data["failed"] as { id: number; why: string }[];
    expect(failed.map(({ id }) => id)).toEqual([77, 2]);
    expect(failed.map(({ why }) => claimsUnchanged(why))).toEqual([true, false]);
  });

  test("a result does not say that nothing was changed when the token becomes invalid after some deletions", async () => {
    const { carryOut, simulator } = await startPlanned(many(21), { keep_last: 1 });
    const unauthorized = apiError(401, "unauthorized", "unable to authenticate");
    simulator.intercept = (request, response, apply) => {
      if (simulator.writes().length <= 8) return undefined;
      return answering(request.method, "/", unauthorized)(request, response, apply);
    };
    const { deleted, stopped } = await carryOut();
    expect(deleted.length).toBeGreaterThan(0);
    expect(stopped).toContain("(unauthorized");
    expect(claimsUnchanged(String(stopped))).toBe(false);
  });
});

test("an image of an unknown type is not converted without a confirmation", async () => {
  const harness = await start();
  alter(harness, SNAPSHOT, { type: "temporary" });
  expect(question(await harness.call(UPDATE, { id: SNAPSHOT, type: "snapshot" })).confirm).toContain("image");
  expect(changes(harness)).toEqual([]);
});

test("an update is not done when the API's response shows the image without the change", async () => {
  const harness = await start();
  const before = stored(harness, BACKUP);
  const args = { id: BACKUP, type: "snapshot" };
  const { confirm } = question(await harness.call(UPDATE, args));
  harness.simulator.intercept = ({ method }, response) => {
    if (method !== "PUT") return undefined;
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ image: before }));
    return "handled";
  };
  expectFailure(await harness.call(UPDATE, { ...args, confirm }), "outcome_unknown");
  expect(stored(harness, BACKUP).type).toBe("backup");
});
