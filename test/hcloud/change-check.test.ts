import { describe, expect, test } from "vitest";
import { HcloudError } from "../../src/hcloud/errors.ts";
import type { ChangeGuards, ImagesApi } from "../../src/hcloud/images.ts";
import type { Permit } from "../../src/hcloud/request-queue.ts";
import type { Intercept } from "../../src/simulator/http.ts";
import { lines } from "../support/answers.ts";
import {
  CHANGE_KINDS,
  ChangedError,
  changeByOther,
  IF_UNCHANGED,
  methodsOf,
  onChanges,
  PROJECT,
} from "../support/changes.ts";
import { answerAsGateway, lost, newCall, refuseWith, startCloud } from "../support/cloud.ts";
import { image } from "../support/simulated.ts";

const CONFLICT = refuseWith(409, "conflict");

describe.each(CHANGE_KINDS)("the comparison of $what", ({ what, run, isDone }) => {
  test(`${what} is refused with the reason when the image is not as it was decided on`, async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    const reason = new ChangedError();
    expect(await run(hcloud, { mismatch: () => reason })).toEqual({ outcome: "refused", error: reason });
    expect(methodsOf(simulator)).toEqual(["GET"]);
    expect(isDone(simulator)).toBe(false);
  });

  test.each<[string, (images: Map<number, ReturnType<typeof image>>) => unknown]>([
    ["is gone", (images) => images.delete(1)],
    ["is marked as deleted", (images) => images.set(1, image(1, { deleted: "2026-11-23T11:00:00Z" }))],
  ])(`${what} is refused as not_found when the image %s`, async (_, happen) => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    happen(simulator.state.images);
    expect(await run(hcloud)).toMatchObject({
      outcome: "refused",
      error: { code: "not_found", status: 404, message: "" },
    });
    expect(methodsOf(simulator)).toEqual(["GET"]);
  });

  test(`${what} is not sent when a page in front of the API answers the read with 404`, async () => {
    const { hcloud, simulator } = await startCloud({ ...PROJECT, intercept: answerAsGateway(404) });
    expect(await run(hcloud)).toMatchObject({ outcome: "notSent", error: { code: "http_404" } });
    expect(methodsOf(simulator)).toEqual(["GET"]);
  });

  test(`${what} is not sent when the read returns another image`, async () => {
    const other: Intercept = (_, response) => {
      response.end(JSON.stringify({ image: image(2) }));
      return "handled";
    };
    const { hcloud, simulator } = await startCloud({ ...PROJECT, intercept: other });
    expect(await run(hcloud)).toMatchObject({ outcome: "notSent", error: { code: "malformed_reply" } });
    expect(simulator.writes()).toEqual([]);
  });
});

describe.each(CHANGE_KINDS)("a recent read before $what", ({ what, method, run }) => {
  test.each([0, 1, 500])(`${what} is decided on a read of the same call that is %i ms old`, async (age) => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    await hcloud.getImage(1);
    clock.pass(age);
    expect(await run(hcloud)).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", method]);
  });

  test(`${what} is decided on a new read when the last is 501 ms old`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    await hcloud.getImage(1);
    clock.pass(501);
    expect(await run(hcloud)).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", "GET", method]);
  });

  test(`${what} is decided on a new read when the last took longer than 500 ms`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    simulator.intercept = ({ method }) => {
      if (simulator.requests.length === 1 && method === "GET") clock.pass(501);
      return undefined;
    };
    await hcloud.getImage(1);
    expect(await run(hcloud)).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", "GET", method]);
  });

  test(`${what} is also compared with a recent read`, async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    changeByOther(simulator);
    await hcloud.getImage(1);
    expect(await run(hcloud)).toMatchObject({ outcome: "refused", error: expect.any(ChangedError) });
    expect(methodsOf(simulator)).toEqual(["GET"]);
  });

  test(`${what} is not decided on a read of another image or of another call`, async () => {
    const { hcloud, simulator, client } = await startCloud(PROJECT);
    await hcloud.getImage(2);
    await newCall(client).getImage(1);
    expect(await run(hcloud)).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", "GET", "GET", method]);
  });

  test.each([
    ["was refused", CONFLICT],
    ["was lost", lost],
  ])(`${what} that %s is decided on a new read, even when the clock is set back`, async (_, fault) => {
    const { hcloud, simulator, clock } = await startCloud({ ...PROJECT, intercept: onChanges(fault) });
    const { sleep } = clock;
    clock.sleep = async (...args) => {
      await sleep(...args);
      clock.pass(-3_600_000);
    };
    await hcloud.getImage(1);
    expect(await run(hcloud)).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", method, "GET", method]);
  });

  test(`${what} is not decided on a read from before another change of the same call`, async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    await hcloud.getImage(1);
    await hcloud.updateImage(1, { labels: { env: "test" } }, IF_UNCHANGED);
    expect(await run(hcloud)).toMatchObject({ outcome: "refused", error: expect.any(ChangedError) });
    expect(methodsOf(simulator)).toEqual(["GET", "PUT", "GET"]);
  });
});

describe.each(CHANGE_KINDS)("prepare of $what", ({ what, method, run, takeEffect }) => {
  /** Guards whose preparation reads image 2, then does what is given. */
  const reading = (api: ImagesApi, then: () => Error | null = () => null): ChangeGuards => ({
    ...IF_UNCHANGED,
    preparations: 1,
    async prepare(permit: Permit) {
      await api.readImage(2, permit);
      return then();
    },
  });

  test(`${what} is prepared under its permit, then read, then sent`, async () => {
    const { hcloud, simulator } = await startCloud(PROJECT, { limits: { connections: 1 } });
    expect(await run(hcloud, reading(hcloud))).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", "GET", method]);
    expect(lines(simulator.requests).slice(0, 2)).toEqual(["GET /images/2", "GET /images/1"]);
  });

  test(`${what} is refused with the reason that its preparation gives`, async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    changeByOther(simulator);
    const reason = new Error("kept");
    const outcome = await run(
      hcloud,
      reading(hcloud, () => reason),
    );
    expect(outcome).toEqual({ outcome: "refused", error: reason });
    expect(simulator.writes()).toEqual([]);
  });

  test(`${what} is prepared before every retry`, async () => {
    const { hcloud, simulator } = await startCloud({ ...PROJECT, intercept: onChanges(CONFLICT, lost) });
    let prepared = 0;
    const guards = reading(hcloud, () => (++prepared === 3 ? new Error("kept") : null));
    expect(await run(hcloud, guards)).toMatchObject({ outcome: "unknown" });
    expect(methodsOf(simulator)).toEqual(["GET", "GET", method, "GET", "GET", method, "GET", "GET"]);
  });

  test(`${what} that was made is done although its preparation gives a reason`, async () => {
    const { hcloud, simulator } = await startCloud({ ...PROJECT, intercept: onChanges(lost) });
    let prepared = 0;
    const guards = reading(hcloud, () => {
      if (++prepared === 1) return null;
      takeEffect(simulator);
      return new Error("kept");
    });
    expect(await run(hcloud, guards)).toMatchObject({ outcome: "done" });
    expect(simulator.writes()).toHaveLength(1);
  });

  test(`${what} is read again when its preparation outlasts the recent read`, async () => {
    const { hcloud, simulator, clock } = await startCloud(PROJECT);
    await hcloud.getImage(1);
    const guards = reading(hcloud, () => {
      clock.pass(501);
      return null;
    });
    expect(await run(hcloud, guards)).toMatchObject({ outcome: "done" });
    expect(lines(simulator.requests).slice(0, 3)).toEqual([
      "GET /images/1",
      "GET /images/2",
      "GET /images/1",
    ]);
  });

  test(`${what} is prepared again after a read of the preparation that failed`, async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    simulator.intercept = (...args) =>
      simulator.requests.length === 1 ? refuseWith(503, "unavailable")(...args) : undefined;
    expect(await run(hcloud, reading(hcloud))).toMatchObject({ outcome: "done" });
    expect(methodsOf(simulator)).toEqual(["GET", "GET", "GET", method]);
  });

  test(`${what} is not sent when its preparation fails`, async () => {
    const { hcloud, simulator } = await startCloud(PROJECT);
    const error = new HcloudError("too_slow", "");
    const guards = { ...IF_UNCHANGED, prepare: () => Promise.reject(error) };
    expect(await run(hcloud, guards)).toEqual({ outcome: "notSent", error });
    expect(simulator.requests).toEqual([]);
  });
});
