/** Which renames of a session a later preview tells of. */

import { expect, test } from "vitest";
import { Renames } from "../../src/call/renames.ts";
import { alter, answering, apiError, expectFailure, question, stored } from "../support/answers.ts";
import { aged, column, EVERY_IMAGE, onRequest, PLAN, planOf, reply } from "../support/cleanup.ts";
import { applyThen, lost } from "../support/cloud.ts";
import { no, startForms } from "../support/forms.ts";
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

test("a plan tells of a rename in the row of the image and by its id", async () => {
  const harness = await startOld();
  await rename(harness);
  const answer = await harness.call(PLAN, EVERY_IMAGE);
  expect(column(planOf(answer), "id")).toEqual([1, 2]);
  expect(column(planOf(answer), "renamed_from")).toEqual(["old", ""]);
  expect(answer.data["unusual"]).toMatchObject({ renamed_in_this_session: [1] });
});

test("a plan lists renamed images with the newest first", async () => {
  const harness = await startOld();
  await rename(harness);
  await harness.call(UPDATE, { id: 2, description: "new" });
  const { data } = await harness.call(PLAN, EVERY_IMAGE);
  expect(data["unusual"]).toMatchObject({ renamed_in_this_session: [2, 1] });
});

test("a plan that deletes one image tells of its rename", async () => {
  const harness = await startOld();
  await rename(harness);
  const { data } = await harness.call(PLAN, { older_than_days: 30 });
  expect(data["all"]).toMatchObject({ renamed_from: "old" });
});

test("an explained plan tells of a rename of an image that it keeps", async () => {
  const harness = await startOld();
  await rename(harness);
  const answer = await harness.call(PLAN, { older_than_days: 60, explain: true });
  expect(column(planOf(answer), "renamed_from")).toEqual(["", "old"]);
  expect(answer.data["unusual"]).toBeUndefined();
});

test("a plan of images chosen by id tells of a rename", async () => {
  const harness = await startOld();
  await rename(harness);
  const { data } = await harness.call(PLAN, { ids: [1, 2] });
  expect(data["renamed_in_this_session"]).toEqual([{ id: 1, was: "old" }]);
});

test("a preview tells of the name that an image had in between when it has its former one again", async () => {
  const harness = await startOld();
  await rename(harness);
  await harness.call(UPDATE, { id: 1, description: "old" });
  expect(await renamesShown(harness)).toEqual([{ id: 1, was: "new" }]);
});

test("a preview tells of the first name and then of the latest ones", async () => {
  const harness = await startOld();
  for (const description of ["b", "c", "d", "e", "f"]) await harness.call(UPDATE, { id: 1, description });
  expect(await renamesShown(harness)).toEqual([{ id: 1, was: "old / e / d / c" }]);
});

test("a preview tells of an image that had no description", async () => {
  const harness = await startHarness({ images: [aged(1, 40, { description: "" })] });
  await rename(harness);
  expect(await renamesShown(harness)).toEqual([{ id: 1, was: "(no description)" }]);
});

test("a plan tells of the former name of an image that it keeps", async () => {
  const images = [aged(1, 40, { description: "golden" }), aged(2, 3, { description: "junk" })];
  const harness = await startHarness({ images });
  await harness.call(UPDATE, { id: 2, description: "golden" });
  const { data } = await harness.call(PLAN, { group_by: "description", keep_last: 1 });
  expect(data["kept_renamed_in_this_session"]).toEqual([{ id: 2, was: "junk" }]);
  const { preview } = question(await harness.call(DELETE, { id: 1 }));
  expect(preview["same_description"]).toMatchObject({
    summary: "1 other image has the same description, 1 of them since a rename in this session",
    renamed_in_this_session: [{ id: 2, was: "junk" }],
  });
});

test("a plan lists ten of its kept renamed images, and how many more there are", async () => {
  const images = Array.from({ length: 12 }, (_, i) => aged(i + 1, i + 1));
  const harness = await startHarness({ images: [...images, aged(20, 90)] });
  for (const { id } of images) await harness.call(UPDATE, { id, description: "new" });
  const { data } = await harness.call(PLAN, { older_than_days: 60 });
  const kept = data["kept_renamed_in_this_session"] as unknown[];
  expect(kept).toHaveLength(11);
  expect(kept.at(-1)).toBe("2 more");
});

test("a form shows images also when all of them were renamed", async () => {
  const images = Array.from({ length: 9 }, (_, i) => aged(i + 1, i + 1));
  const harness = await startForms({ images });
  for (const { id } of images) await harness.call(UPDATE, { id, description: `new ${id}` });
  harness.person = no;
  const answer = await harness.call("hcloud_delete_images", { ids: images.map(({ id }) => id) });
  await harness.call("hcloud_delete_images", { confirm: question(answer).confirm, count: 9 });
  const lines = harness.forms[0]?.message.split("\n") ?? [];
  expect(lines.filter((line) => line.includes("before a rename"))).toHaveLength(1);
  expect(lines).toContain("- 8 more had other names: 2, 3, 4, 5, 6, 7, 8, 9");
  expect(lines.filter((line) => /^- \d+ "new \d+", /.test(line))).toHaveLength(6);
  expect(lines.at(-1)).toBe("- and 3 more");
});

test("a rename that another call of the session has overtaken is not forgotten with a refused one", async () => {
  const renames = new Renames();
  const forget = renames.note(1, "a");
  renames.note(1, "a");
  forget();
  expect(renames.formerDescription(aged(1, 1, { description: "b" }))).toBe("a");
});
