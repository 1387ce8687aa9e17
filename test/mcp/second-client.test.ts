/** The housekeeping story, driven by an implementation of the protocol that shares no code with our SDK. */

import { expect, test } from "vitest";
import { connectSecondClient, MODES } from "../support/second-client.ts";

test.each(MODES)("find, look, label, preview, delete, be refused, unprotect (mode %j)", async (mode) => {
  const { call } = await connectSecondClient({ mode });
  const before = await call("hcloud_list_images", { type: "snapshot" });
  const staging = await call("hcloud_list_images", {
    label_selector: "env=staging,!keep",
    sort: "created:asc",
  });
  const [[oldest]] = staging.data["rows"] as [[number]];
  const image = await call("hcloud_get_image", { id: oldest });
  const labels = { ...(image.data["labels"] as object), cleanup: "candidate" };
  expect((await call("hcloud_update_image", { id: oldest, labels })).data["status"]).toBe("done");

  const preview = await call("hcloud_delete_image", { id: oldest });
  expect(preview.data).toMatchObject({
    status: "confirmation_required",
    preview: { image: { id: oldest, labels } },
  });
  const done = await call("hcloud_delete_image", { id: oldest, confirm: preview.data["confirm"] });
  expect(done.data).toMatchObject({ status: "done", deleted: { id: oldest } });
  expect((await call("hcloud_get_image", { id: oldest })).text).toContain("not_found");

  const golden = await call("hcloud_list_images", { label_selector: "role=golden" });
  const [[kept]] = golden.data["rows"] as [[number]];
  const refusal = await call("hcloud_delete_image", { id: kept });
  expect(refusal.isError).toBe(true);
  expect(refusal.text).toContain("(protected)");
  const lift = await call("hcloud_change_image_protection", { id: kept, delete: false });
  const lifted = await call("hcloud_change_image_protection", {
    id: kept,
    delete: false,
    confirm: lift.data["confirm"],
  });
  expect(lifted.data).toMatchObject({ status: "done", protection: { delete: false } });

  const after = await call("hcloud_list_images", { type: "snapshot" });
  expect(after.data["total"]).toBe((before.data["total"] as number) - 1);
});

test("a client whose newest version has JSON-RPC batches receives the version before, and can call tools", async () => {
  const { call, version } = await connectSecondClient({
    supportedProtocolVersions: ["2025-03-26", "2024-11-05"],
  });
  expect(version).toBe("2024-11-05");
  const { data } = await call("hcloud_list_images", { type: "snapshot" });
  expect(data["total"]).toBeGreaterThan(0);
});
