/** The page of a plan: its sentence, its boxes, its marks. Needs `npm run build`. */

import { describe, expect, test } from "vitest";
import { binned } from "../support/bin.ts";
import { hasChromium, SKIP_NOTE, useBrowser } from "../support/browser.ts";
import { aged, EVERY_IMAGE, many, PLAN } from "../support/cleanup.ts";
import { startPageClient } from "../support/page-client.ts";
import { writeRulesFile } from "../support/rules.ts";

describe.skipIf(!hasChromium)(`the page of a plan${SKIP_NOTE}`, () => {
  const open = useBrowser();

  async function openPlan(options: Parameters<typeof startPageClient>[0], args: Record<string, unknown>) {
    const client = await startPageClient(options);
    const host = await open();
    const result = await client.call(PLAN, args);
    await host.send(result);
    await host.frame
      .getByRole("heading", { level: 1 })
      .getByText(/^Would delete/)
      .waitFor();
    return { ...client, ...host, result, box: (id: number) => host.frame.locator(`#keep-${id}`) };
  }

  /** Returns the labels of the buttons that send an answer. */
  const orders = ({ frame }: Awaited<ReturnType<typeof openPlan>>) =>
    frame.getByRole("button", { name: /^(Ask|Keep|Nothing)/ }).allInnerTexts();

  test("the headline is the summary of the result, and follows the boxes to the cent", async () => {
    const { call, headline, box, result, frame, simulator } = await openPlan(
      { demo: true },
      { keep_last: 2 },
    );
    const sentenceOf = (content: Record<string, unknown>) =>
      String(content["summary"]).replace(" Nothing deleted yet.", "");
    expect(await headline()).toBe(sentenceOf(result.structuredContent));
    const ids = (result.structuredContent["rows"] as [number][]).map(([id]) => id);
    const kept = [ids[0], ids[3], ids[8]].map(Number);
    for (const id of kept) await box(id).check();
    const left = await call(PLAN, { ids: ids.filter((id) => !kept.includes(id)) });
    expect(await headline()).toBe(
      sentenceOf(left.structuredContent).replace("7 snapshots", "7 of 28 snapshots"),
    );
    await frame.getByRole("button", { name: "Ask the chat to delete these 7" }).waitFor();
    for (const id of kept) await box(id).uncheck();
    expect(await headline()).toBe(sentenceOf(result.structuredContent));
    expect(simulator.writes()).toEqual([]);
  });

  test("each server has a line with a mark for each image whose shape shows its decision", async () => {
    const { frame, box } = await openPlan({ demo: true }, { keep_last: 2 });
    const lines = frame.getByRole("list", { name: "Images by server, age and size" }).getByRole("listitem");
    expect(await lines.count()).toBe(8);
    const web = frame.getByRole("img", { name: /^web-1 \(42\): / });
    const shapes = () =>
      web.locator("path").evaluateAll((paths) => paths.map((path) => path.getAttribute("d") ?? ""));
    const corners = (drawn: string[]) => drawn.map((d) => d.replaceAll(/[^a-zA-Z]/g, "")).sort();
    const [circle, diamond, square] = ["MaaZ", "MLLLZ", "MHVHZ"];
    expect(corners(await shapes())).toEqual(
      [circle, circle, diamond, diamond, diamond, diamond, square].sort(),
    );
    expect(await web.getAttribute("aria-label")).toBe("web-1 (42): 4 to delete, 2 kept, 1 always kept");
    await box(361040217).check();
    expect(corners(await shapes())).toEqual(
      [circle, circle, circle, diamond, diamond, diamond, square].sort(),
    );
    expect(await web.getAttribute("aria-label")).toBe("web-1 (42): 3 to delete, 3 kept, 1 always kept");
    for (const words of ["to delete", "kept", "always kept"])
      expect(await frame.locator("figcaption").getByText(words, { exact: true }).count()).toBe(1);
  });

  test("an image in the bin has a mark of its own, and the day until which it is kept", async () => {
    const images = [aged(1, 1), aged(2, 9), aged(3, 10, { labels: binned("2026-12-24") })];
    const { frame } = await openPlan({ images }, { older_than_days: 5 });
    const web = frame.getByRole("img", { name: "web-1 (42): 1 to delete, 1 kept, 1 in the bin" });
    const shapes = await web.locator("path").evaluateAll((all) => all.map((one) => one.getAttribute("d")));
    expect(shapes.map((d) => d?.replaceAll(/[^a-zA-Z]/g, "")).sort()).toEqual(["MHLZ", "MLLLZ", "MaaZ"]);
    expect(await frame.locator("figcaption").getByText("in the bin", { exact: true }).count()).toBe(1);
    await frame.getByText("2 snapshots kept, and why").click();
    const row = frame.getByRole("row", { name: "snapshot 3" });
    expect(await row.innerText()).toContain("in the bin until 2026-12-24");
  });

  test("the page offers no bin for images in the bin, and marks chosen images as chosen", async () => {
    const images = [aged(1, 1), aged(2, 9, { labels: binned("2026-11-20") })];
    const due = await openPlan({ images }, { bin: "due" });
    expect(await orders(due)).toEqual(["Ask the chat to delete this one", "Keep everything"]);
    const chosen = await openPlan({ images }, { ids: [1, 2] });
    await chosen.frame.getByText("1 of 2 in the bin until 2026-11-20.").waitFor();
    await chosen.frame.getByRole("button", { name: "Ask the chat to bin these 2" }).waitFor();
  });

  test("the page offers only the bin and nothing else when the operator's rules require the bin first", async () => {
    const { rulesFile } = writeRulesFile('delete = "bin first"');
    const images = [aged(1, 1), aged(2, 9), aged(3, 10, { labels: binned("2026-11-20") })];
    const first = await openPlan({ images, rulesFile }, { older_than_days: 5 });
    await first.frame.getByText("The operator's rules allow deletion only from the bin.").waitFor();
    expect(await orders(first)).toEqual(["Ask the chat to bin this one", "Keep everything"]);
    const bin = first.frame.getByRole("button", { name: "Ask the chat to bin this one" });
    expect(await bin.getAttribute("class")).toBe("primary");
    await bin.click();
    await expect
      .poll(() => first.read("messages"))
      .toEqual([expect.stringMatching(/^Move 1 snapshot of the plan .*\nCall hcloud_bin_images with /)]);

    const partly = await openPlan({ images, rulesFile }, { ids: [2, 3] });
    expect(await orders(partly)).toEqual(["Ask the chat to bin these 2", "Keep everything"]);
    await partly.box(3).check();
    await expect.poll(() => partly.read("contexts")).toEqual([expect.stringContaining("hcloud_bin_images")]);
    expect(await partly.read("contexts")).not.toEqual([expect.stringContaining("hcloud_delete_images")]);

    const due = await openPlan({ images, rulesFile }, { bin: "due" });
    expect(await orders(due)).toEqual(["Ask the chat to delete this one", "Keep everything"]);
    expect(await due.frame.getByText("The operator's rules").count()).toBe(0);
  });

  test("the page offers nothing for images whose day in the bin has not passed when the rules require the bin first", async () => {
    const { rulesFile } = writeRulesFile('delete = "bin first"');
    const images = [aged(1, 1), aged(2, 9, { labels: binned("2026-12-24") })];
    const plan = await openPlan({ images, rulesFile }, { ids: [2] });
    expect(await orders(plan)).toEqual([]);
    await plan.frame.getByText("only after its last day in the bin").waitFor();
  });

  test("each answer fits on one line in a narrow page", async () => {
    const { frame, run } = await openPlan({ images: many(999) }, EVERY_IMAGE);
    await run("resize", 320);
    for (const name of [
      "Ask the chat to delete these 999",
      "Ask the chat to bin these 999",
      "Keep everything",
    ])
      expect((await frame.getByRole("button", { name }).boundingBox())?.height).toBeLessThan(40);
  });

  test("the page lists kept images with their reasons, closed at first", async () => {
    const { frame } = await openPlan({ demo: true }, { keep_last: 2 });
    const row = frame.getByRole("row", { name: "golden web x86" });
    expect(await row.count()).toBe(0);
    await frame.getByText("18 snapshots kept, and why").click();
    expect(await row.innerText()).toContain("protected, kept by label");
    const headings = frame.getByRole("table", { name: "Images kept" }).getByRole("columnheader");
    expect(await headings.allInnerTexts()).toEqual(["Image", "Created", "Size"]);
    expect(await row.getByRole("cell").count()).toBe(3);
  });

  test("more than 40 rows are in a closed table for each server, which one box keeps", async () => {
    const images = [
      ...many(30),
      ...many(30, (i) => ({ id: 2001 + i, created_from: { id: 7, name: "db-1" }, image_size: 2.25 })),
    ];
    const { frame, headline, box } = await openPlan({ images }, EVERY_IMAGE);
    expect(await frame.getByRole("table").count()).toBe(0);
    await frame.getByText("db-1 (7): 30 snapshots, 67.50 GB").click();
    expect(await frame.getByRole("row").count()).toBe(31);
    await frame.getByRole("checkbox", { name: "Keep all 30" }).check();
    expect(await headline()).toBe("Would delete 30 of 60 snapshots: 45.00 GB, saves 0.64 EUR a month.");
    await box(2030).uncheck();
    expect(await headline()).toBe("Would delete 31 of 60 snapshots: 47.25 GB, saves 0.68 EUR a month.");
    await frame.getByText("db-1 (7): 1 snapshot, 2.25 GB, 29 kept after all").waitFor();
  });

  test("the page lists unusual images, groups left empty and images that cannot be deleted", async () => {
    const images = [...many(2), aged(5, 1, { protection: { delete: true } })];
    const { frame } = await openPlan({ images }, { older_than_days: 1, allow_empty_groups: true });
    await frame.getByText("At most 2 days old: 1002.").waitFor();
    const lone = await openPlan({ images: many(2) }, EVERY_IMAGE);
    await lone.frame.getByText("Nothing would be left of: web-1 (42).").waitFor();
    const chosen = await openPlan({ images }, { ids: [1001, 5] });
    await chosen.frame.getByText("Not deletable: 5 (protected).").waitFor();
    const kept = await openPlan({ images }, { ...EVERY_IMAGE, keep_label: "kep" });
    await kept.frame.getByText("Warning: no image has the label kep.").waitFor();
  });

  test.each([
    ["by a policy", EVERY_IMAGE],
    ["chosen by id", { ids: [1001, 1002] }],
  ])("the page shows the former name of an image renamed in the session, %s", async (_, args) => {
    const client = await startPageClient({ images: many(2) });
    await client.call("hcloud_update_image", { id: 1001, description: "tmp" });
    const host = await open();
    await host.send(await client.call(PLAN, args));
    await host.frame.getByText('was "snapshot 1001" before a rename').waitFor();
  });

  test("the page counts what is unusual about most images to delete, and lists the ids of fewer images", async () => {
    const monthly = many(12, (i) => ({ created: `2026-${String(i + 1).padStart(2, "0")}-02T00:00:00Z` }));
    const { frame } = await openPlan({ images: monthly.slice(0, 10) }, { keep_last: 1 });
    const words = "The last image of its group in its month:";
    await frame.getByText(`${words} 9 of the 9 images to delete.`).waitFor();
    const twice = monthly.slice(0, 11).flatMap((image) => [image, { ...image, id: image.id + 1000 }]);
    const few = await openPlan({ images: twice }, EVERY_IMAGE);
    await few.frame.getByText(/in its month: \d{4}(, \d{4}){9} and 1 more\.$/).waitFor();
  });

  test("40 rows are in one open table", async () => {
    const { frame } = await openPlan({ images: many(40) }, EVERY_IMAGE);
    expect(await frame.getByRole("row").count()).toBe(41);
  });

  test("an unknown size is shown as unknown", async () => {
    const images = [aged(1, 9, { image_size: null }), aged(2, 8)];
    const { headline, frame } = await openPlan({ images }, EVERY_IMAGE);
    expect(await headline()).toBe(
      "Would delete 2 of 2 snapshots: 1.50 GB and 1 of unknown size, saves 0.02 EUR a month.",
    );
    expect(await frame.getByRole("cell", { name: "unknown" }).count()).toBe(1);
  });

  test("the page states the savings of snapshots, and none of backups", async () => {
    const images = many(4, (i) => (i % 2 ? { type: "backup", bound_to: 42 } : {}));
    const { headline } = await openPlan({ images }, { ids: [1001, 1002, 1003, 1004] });
    expect(await headline()).toBe("Would delete 4 images: 6.00 GB, saves 0.04 EUR a month.");
    const backups = await openPlan({ images }, { ...EVERY_IMAGE, type: "backup" });
    expect(await backups.headline()).toBe("Would delete 2 of 2 backups: 3.00 GB.");
  });

  test("the page of a plan works with the keyboard alone", async () => {
    const { page, frame, headline, read } = await openPlan({ demo: true }, { keep_last: 2 });
    await frame.getByRole("checkbox").first().focus();
    await page.keyboard.press("Space");
    expect(await headline()).toMatch(/^Would delete 9 of 28/);
    const focused = () => frame.locator(":focus").evaluate((element) => element.textContent ?? "");
    for (let i = 0; i < 20 && !(await focused()).startsWith("Ask the chat"); i++)
      await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect.poll(() => read("messages")).toHaveLength(1);
  });

  test("the page keeps at most 100 images by exception, and otherwise names the rest by id", async () => {
    const { frame, read, box, evaluate } = await openPlan({ images: many(220) }, EVERY_IMAGE);
    await frame.getByText("web-1 (42): 220").click();
    await frame.getByRole("checkbox", { name: "Keep all 220" }).check();
    await box(1001).uncheck();
    await frame.getByRole("button", { name: "Ask the chat to delete this one" }).click();
    await expect.poll(() => read("messages")).toEqual([expect.stringContaining('"ids":[1001],"count":1}')]);
    await frame.getByRole("checkbox", { name: "Keep all 220" }).check();
    await frame.getByRole("checkbox", { name: "Keep all 220" }).uncheck();
    // One by one, as a user would, takes the browser long.
    await evaluate("[...document.querySelectorAll('td input')].slice(0, 101).forEach((box) => box.click())");
    expect(await frame.getByRole("button", { name: "Ask the chat to delete these 119" }).isDisabled()).toBe(
      true,
    );
    await frame.getByText("At most 100 images can be kept one by one").waitFor();
  });
});
