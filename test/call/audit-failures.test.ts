import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { RecordedRequest } from "../../src/simulator/http.ts";
import {
  alter,
  answering,
  apiError,
  MISSING,
  PROTECTED,
  question,
  SNAPSHOT,
  start,
  stored,
  UNLABELLED,
} from "../support/answers.ts";
import { aboutOne } from "../support/audit.ts";
import { DELETE as DELETE_MANY, isDelete, many } from "../support/cleanup.ts";
import type { Harness } from "../support/harness.ts";

const UPDATE = "hcloud_update_image";
const DELETE = "hcloud_delete_image";
const EDIT = "hcloud_edit_image_labels";

describe("audit events of failures", () => {
  test("the event of a failed call has the error code and the correlation id", async () => {
    const harness = await start();
    const args = { id: SNAPSHOT };
    const { confirm } = question(await harness.call(DELETE, args));
    harness.simulator.intercept = answering("DELETE", "/images/", apiError(423, "locked", "busy"));
    await harness.call(DELETE, { ...args, confirm });
    await harness.call(DELETE, { id: PROTECTED });
    expect(harness.events.slice(1)).toEqual([
      { ...aboutOne(DELETE, args), outcome: "confirmed", by: "code" },
      { ...aboutOne(DELETE, args), outcome: "failed", code: "locked", correlation_id: "c0ffee1234567890" },
      { ...aboutOne(DELETE, { id: PROTECTED }), outcome: "failed", code: "protected" },
    ]);
  });

  test("the event of a failed change has the correlation id of the change, not of a later read", async () => {
    const { call, events, simulator } = await start();
    simulator.intercept = answering("PUT", "/images/", apiError(500, "server_error"));
    await call(UPDATE, { id: SNAPSHOT, description: "x" });
    expect(simulator.requests.at(-1)?.method).toBe("GET");
    expect(events[1]).toMatchObject({ code: "outcome_unknown", correlation_id: "c0ffee1234567890" });
  });

  test("the event has the correlation id of the read when nothing was sent", async () => {
    const { call, events, simulator } = await start();
    simulator.intercept = answering("GET", "/images/", apiError(403, "forbidden"));
    await call(DELETE, { id: SNAPSHOT });
    expect(events).toEqual([
      {
        ...aboutOne(DELETE, { id: SNAPSHOT }),
        outcome: "failed",
        code: "forbidden",
        correlation_id: "c0ffee1234567890",
      },
    ]);
  });

  test("the event of a label edit has the error code of each failed image", async () => {
    const { call, events } = await start();
    const args = { ids: [UNLABELLED, MISSING], set: { a: "b" } };
    await call(EDIT, args);
    expect(events.at(-1)).toMatchObject({
      outcome: "incomplete",
      edited: [UNLABELLED],
      failed: [{ id: MISSING, code: "not_found" }],
    });
  });

  test("the event of a bulk deletion has failed images by error code, and the deleted and skipped images", async () => {
    const images = many(4);
    const ids = images.map(({ id }) => id);
    const [first = 0, second = 0, third = 0, fourth = 0] = ids;
    const harness = await start({ images });
    const { confirm } = question(await harness.call(DELETE_MANY, { ids }));
    alter(harness, second, { description: "b" });
    harness.simulator.intercept = (...request) =>
      isDelete(request[0]) && request[0].path.endsWith(`/${third}`)
        ? answering("DELETE", "/", apiError(423, "locked"))(...request)
        : undefined;
    await harness.call(DELETE_MANY, { confirm, ids });
    expect(harness.events.at(-1)).toEqual({
      tool: DELETE_MANY,
      ids,
      args: { ids },
      outcome: "incomplete",
      deleted: [first, fourth],
      skipped: [second],
      failed: [{ id: third, code: "locked" }],
      correlation_ids: expect.objectContaining({ [third]: "c0ffee1234567890" }),
    });
  });
});

describe("audit events of cancelled calls", () => {
  /** Calls the tool, cancels it at the request that `picks` picks, and waits for the end of the call. */
  async function cancelAt(
    harness: Harness,
    picks: (request: RecordedRequest) => boolean,
    tool: string,
    args: object,
  ): Promise<void> {
    const cancel = new AbortController();
    const aborted = new Promise<void>((resolve) => {
      harness.simulator.intercept = (request, response) => {
        if (!picks(request)) return;
        response.once("close", resolve);
        cancel.abort();
        return "handled";
      };
    });
    await expect(harness.call(tool, { ...args }, { signal: cancel.signal })).rejects.toThrow();
    await aborted;
    while (!["cancelled", "incomplete"].includes(String(harness.events.at(-1)?.["outcome"]))) await turn();
  }

  test("the event of a cancelled call has the outcome cancelled", async () => {
    const harness = await start();
    const args = { id: SNAPSHOT, description: "x" };
    await cancelAt(harness, ({ method }) => method === "GET", UPDATE, args);
    expect(harness.events).toEqual([{ ...aboutOne(UPDATE, args), outcome: "cancelled" }]);
  });

  test("the event of a cancelled edit has the images edited before and the error codes of the others", async () => {
    const harness = await start();
    const args = { ids: [UNLABELLED, SNAPSHOT], set: { a: "b" } };
    let puts = 0;
    await cancelAt(harness, ({ method }) => method === "PUT" && ++puts === 2, EDIT, args);
    const [one, two] = stored(harness, SNAPSHOT).labels["a"] ? args.ids.toReversed() : args.ids;
    expect(harness.events.at(-1)).toMatchObject({
      outcome: "incomplete",
      edited: [one],
      failed: [{ id: two, code: "outcome_unknown" }],
    });
  });
});
