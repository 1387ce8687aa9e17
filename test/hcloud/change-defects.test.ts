import { expect, test } from "vitest";
import { type Change, change, isRecent, unwrap } from "../../src/hcloud/change.ts";
import { HcloudError } from "../../src/hcloud/errors.ts";
import { CHANGE_KINDS, IF_UNCHANGED, onChanges, PROJECT } from "../support/changes.ts";
import { CALL_MS, lost, refuseWith, startCloud } from "../support/cloud.ts";
import { NOON } from "../support/harness.ts";
import { image } from "../support/simulated.ts";

const DEFECT = new TypeError("a defect");

/** A change whose steps all succeed without a request, but for what is given. */
async function run(steps: Partial<Change<string>>) {
  const { client } = await startCloud(PROJECT);
  const { signal } = new AbortController();
  return change(
    { client, ticket: client.nextTicket(), signal, deadline: NOON + CALL_MS },
    {
      read: async () => ({ image: image(1), sentAt: client.clock.now() }),
      lastRead: () => undefined,
      mismatch: () => null,
      valueIfDone: () => undefined,
      send: async () => "sent",
      ...steps,
    },
  );
}

const fail = () => Promise.reject(DEFECT);

test.each<[string, Partial<Change<string>>]>([
  ["the read", { read: fail }],
  ["the preparation", { prepare: fail }],
  ["the sending", { send: fail }],
  ["the read after a loss", readFailingAfter(new HcloudError("server_error", "", { status: 500 }))],
  ["the read before a retry", readFailingAfter(new HcloudError("conflict", "", { status: 409 }))],
])("a defect in %s is thrown, and is not taken for an outcome", async (_, steps) => {
  await expect(run(steps)).rejects.toBe(DEFECT);
});

function readFailingAfter(error: HcloudError): Partial<Change<string>> {
  let isSent = false;
  return {
    read: async () => (isSent ? fail() : { image: image(1), sentAt: NOON }),
    send() {
      isSent = true;
      return Promise.reject(error);
    },
  };
}

test.each(CHANGE_KINDS)("$what throws an error of the clock", async ({ run }) => {
  for (const fault of [lost, refuseWith(409, "conflict")]) {
    const { hcloud, clock } = await startCloud({ ...PROJECT, intercept: onChanges(fault) });
    clock.sleep = fail;
    await expect(run(hcloud, IF_UNCHANGED)).rejects.toBe(DEFECT);
  }
});

test("a change whose value is an empty text is done when a read shows it", async () => {
  let reads = 0;
  const outcome = await run({
    read: async () => ({ image: ++reads === 1 ? image(1) : null, sentAt: NOON }),
    valueIfDone: (now) => (now ? undefined : ""),
    send: () => Promise.reject(new HcloudError("connection_lost", "")),
  });
  expect(outcome).toEqual({ outcome: "done", value: "" });
});

test("isRecent is true up to 500 ms", () => {
  expect([0, 500, 501].map((age) => isRecent({ image: null, sentAt: NOON }, NOON + age))).toEqual([
    true,
    true,
    false,
  ]);
});

test("unwrap returns the value of a change that was done, and throws the error of any other", () => {
  expect(unwrap({ outcome: "done", value: 7 })).toBe(7);
  const error = new HcloudError("conflict", "");
  for (const outcome of ["refused", "notSent", "unknown"] as const) {
    expect(() => unwrap({ outcome, error })).toThrow(error);
  }
});
