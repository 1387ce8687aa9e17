/** Which renames of a session a later preview tells of. */

import { expect, test } from "vitest";
import { alter, answering, apiError, expectFailure, question, stored } from "../support/answers.ts";
import { aged, onRequest, reply } from "../support/cleanup.ts";
import { applyThen, lost } from "../support/cloud.ts";
import { type Harness, startHarness } from "../support/harness.ts";

const DELETE = "hcloud_delete_image";
const UPDATE = "hcloud_update_image";

const isPut = ({ method }: { method: string }) => method === "PUT";
const startOld = () => startHarness({ images: [aged(1, 40, { description: "old" }), aged(2, 3)] });
const rename = (harness: Harness) => harness.call(UPDATE, { id: 1, description: "new" });

async function renamesShown(harness: Harness): Promise<unknown> {
  return question(await harness.call(DELETE, { id: 1 })).preview["renamed_in_this_session"];
}

test("a preview omits a rename that the API refused, although another client renames the image then", async () => {
  const harness = await startOld();
  harness.simulator.intercept = onRequest(1, isPut, answering("PUT", "/", apiError(423, "locked")));
  expectFailure(await rename(harness), "locked");
  alter(harness, 1, { description: "theirs" });
  expect(await renamesShown(harness)).toBeUndefined();
});

test("a preview tells of a rename after a refused one", async () => {
  const harness = await startOld();
  harness.simulator.intercept = onRequest(1, isPut, answering("PUT", "/", apiError(423, "locked")));
  await rename(harness);
  harness.simulator.intercept = () => undefined;
  await rename(harness);
  expect(await renamesShown(harness)).toEqual([{ id: 1, was: "old" }]);
});

test("a preview keeps the first description after a second rename that is refused", async () => {
  const harness = await startOld();
  await rename(harness);
  harness.simulator.intercept = onRequest(1, isPut, answering("PUT", "/", apiError(423, "locked")));
  await harness.call(UPDATE, { id: 1, description: "newer" });
  expect(await renamesShown(harness)).toEqual([{ id: 1, was: "old" }]);
});

test("a preview tells of a rename with an unknown outcome", async () => {
  const harness = await startOld();
  let isLost = false;
  harness.simulator.intercept = (...request) => {
    if (isPut(request[0])) {
      isLost = true;
      return applyThen(lost)(...request);
    }
    return isLost ? lost(...request) : undefined;
  };
  expectFailure(await rename(harness), "outcome_unknown");
  harness.simulator.intercept = () => undefined;
  expect(stored(harness, 1).description).toBe("new");
  expect(await renamesShown(harness)).toEqual([{ id: 1, was: "old" }]);
});

test("a preview tells of a rename whose response is still on its way", async () => {
  const harness = await startOld();
  let preview: Promise<unknown> | undefined;
  harness.simulator.intercept = (request, response, apply) => {
    if (!isPut(request)) return undefined;
    const done = apply();
    preview = renamesShown(harness);
    void preview.then(() => reply(request, response, () => done));
    return "handled";
  };
  await rename(harness);
  expect(await preview).toEqual([{ id: 1, was: "old" }]);
});
