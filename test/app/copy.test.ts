/** What the buttons of the page copy. Needs `npm run build`. */

import { describe, expect, test } from "vitest";
import { hasChromium, SKIP_NOTE, useBrowser } from "../support/browser.ts";
import { aged, EVERY_IMAGE, PLAN } from "../support/cleanup.ts";
import { startPageClient } from "../support/page-client.ts";

const IMAGES = [
  aged(1001, 9, { description: '=HYPERLINK("https://evil.example")', image_size: 2.345 }),
  aged(1002, 8, { description: "a, b | c" }),
  aged(1003, 7, { labels: { keep: "" }, image_size: null, created_from: null }),
];

describe.skipIf(!hasChromium)(`the copy buttons of the page${SKIP_NOTE}`, () => {
  const open = useBrowser();

  /** Presses a button, and pastes into the host what was copied. */
  async function copied(name: string, button: string, args = {}): Promise<string> {
    const { call } = await startPageClient({ images: IMAGES });
    const host = await open();
    await host.send(await call(name, args));
    if (name === PLAN) await host.frame.locator("#keep-1002").check();
    await host.frame.getByRole("button", { name: button }).click();
    await host.frame.getByText(/^Copied \d rows? as /).waitFor();
    await host.page.evaluate("document.body.append(document.createElement('textarea'))");
    const area = host.page.locator("body > textarea").last();
    await area.focus();
    await host.page.keyboard.press("Control+V");
    return area.inputValue();
  }

  test("the page copies a plan as CSV with the decisions of its boxes", async () => {
    expect(await copied(PLAN, "Copy as CSV", EVERY_IMAGE)).toBe(
      [
        '"decision","id","description","server","created","size_gb","why"',
        '"to delete","1001","\'=HYPERLINK(""https://evil.example"")","web-1 (42)","2026-11-14T12:00Z","2.345",""',
        '"kept after all","1002","a, b | c","web-1 (42)","2026-11-15T12:00Z","1.5",""',
        '"always kept","1003","snapshot 1003","","2026-11-16T12:00Z","","kept by label, in no group"',
        "",
      ].join("\n"),
    );
  });

  test("the page copies a plan as Markdown with the decisions of its boxes", async () => {
    expect(await copied(PLAN, "Copy as Markdown", EVERY_IMAGE)).toBe(
      [
        "| decision | id | description | server | created | size\\_gb | why |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        `| to delete | 1001 | '=HYPERLINK("https\\://evil.example") | web-1 (42) | 2026-11-14T12:00Z | 2.345 |  |`,
        "| kept after all | 1002 | a, b \\| c | web-1 (42) | 2026-11-15T12:00Z | 1.5 |  |",
        "| always kept | 1003 | snapshot 1003 |  | 2026-11-16T12:00Z |  | kept by label, in no group |",
        "",
      ].join("\n"),
    );
  });

  test("the page copies the servers of a report as CSV", async () => {
    expect(await copied("hcloud_report_images", "Copy as CSV")).toBe(
      [
        '"server","snapshots","snapshot_gb","net_per_month","gross_per_month","currency","backups","backup_gb"',
        '"web-1 (42)","2","3.85","0.06","0.07","EUR","0","0"',
        '"(no server)","1","0","0.00","0.00","EUR","0","0"',
        "",
      ].join("\n"),
    );
  });

  test("the page offers the text for copying when the browser forbids access to the clipboard", async () => {
    const { call } = await startPageClient({ images: IMAGES });
    const host = await open();
    await host.send(await call(PLAN, EVERY_IMAGE));
    await host.frame.getByRole("button", { name: "Copy as CSV" }).waitFor();
    await host.evaluate("document.execCommand = () => false");
    await host.frame.getByRole("button", { name: "Copy as CSV" }).click();
    await host.frame.getByText("The browser does not let this page copy.").waitFor();
    expect(await host.frame.getByRole("textbox").inputValue()).toMatch(/^"decision","id"/);
    expect(await host.violations()).toEqual([]);
  });
});
