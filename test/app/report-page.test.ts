/** The page of a report: bars, growth, limit, and a server that filters. Needs `npm run build`. */

import { describe, expect, test } from "vitest";
import { binned } from "../support/bin.ts";
import { hasChromium, SKIP_NOTE, useBrowser } from "../support/browser.ts";
import { aged, many } from "../support/cleanup.ts";
import { startPageClient } from "../support/page-client.ts";

const REPORT = "hcloud_report_images";

describe.skipIf(!hasChromium)(`the page of a report${SKIP_NOTE}`, () => {
  const open = useBrowser();

  async function openReport(options: Parameters<typeof startPageClient>[0], args = {}) {
    const client = await startPageClient(options);
    const host = await open();
    const result = await client.call(REPORT, args);
    await host.send(result);
    await expect.poll(host.headline).toBe(result.structuredContent["summary"]);
    const items = (list: string) => host.frame.getByRole("list", { name: list }).getByRole("listitem");
    return { ...client, ...host, result, items };
  }

  test("each server has its GB and costs as in the result, the largest bar first", async () => {
    const { items, result, frame } = await openReport({ demo: true });
    const { columns, rows } = result.structuredContent["groups"] as { columns: string[]; rows: unknown[][] };
    const cell = (row: unknown[], name: string) => row[columns.indexOf(name)];
    const lines = await items("GB and money by server").allInnerTexts();
    expect(lines.map((line) => line.split("\n").slice(0, 2).join(": "))).toEqual(
      rows.map((row) => {
        const backups = Number(cell(row, "backups"));
        const rest = backups
          ? `; ${backups} backup${backups > 1 ? "s" : ""}, ${Number(cell(row, "backup_gb")).toFixed(2)} GB`
          : "";
        const count = Number(cell(row, "snapshots"));
        return `${cell(row, "group")}: ${Number(cell(row, "snapshot_gb")).toFixed(2)} GB, ${cell(row, "net_per_month")} EUR, ${count} snapshot${count > 1 ? "s" : ""}${rest}`;
      }),
    );
    const widths = await frame
      .getByRole("list", { name: "GB and money by server" })
      .locator(".bar")
      .evaluateAll((bars) => bars.map((bar) => (bar as unknown as { offsetWidth: number }).offsetWidth));
    expect(widths).toEqual(widths.toSorted((a, b) => b - a));
    expect(widths.at(-1)).toBeGreaterThan(0);
  });

  test("the page shows servers whatever the report is grouped by", async () => {
    const { items } = await openReport({ demo: true }, { group_by: "architecture" });
    expect(await items("GB and money by server").count()).toBe(8);
  });

  test("the page shows the limit, the growth, duplicates, and stuck or withdrawn images", async () => {
    const { items, frame } = await openReport({ demo: true });
    expect(await items("Snapshot limit").innerText()).toContain(
      "28 of the 30 that an account has by default",
    );
    expect(await items("Growth per month").first().innerText()).toContain("2026-05\n+10.29 GB, 2 snapshots");
    await frame.getByText("4 snapshots with the same description and labels: db-1 nightly").waitFor();
    // These facts stay when a server is selected: their heading says that they are of all servers.
    await frame.getByRole("button", { name: "web-1 (42)" }).click();
    await frame.getByText("In creation for over 2 hours: 400902275.").waitFor();
    expect(await frame.getByRole("heading", { level: 2 }).allInnerTexts()).toEqual([
      "GB and money by server",
      "Growth per month",
      "All servers",
    ]);
    await frame.getByText(/^Hetzner withdraws debian 11 after 2027-\d\d-\d\d: 1 image\.$/).waitFor();
  });

  test("the page shows what is in the bin, and which of it is due", async () => {
    const images = [
      ...many(2),
      aged(3, 3, { labels: binned("2026-11-20") }),
      aged(4, 4, { labels: binned("2026-12-24") }),
    ];
    const { frame } = await openReport({ images });
    await frame
      .getByText(
        "In the recycle bin: 2 images, 3.00 GB, 0.04 EUR a month; 1 due, the next one is kept until 2026-12-24.",
      )
      .waitFor();
  });

  test("the page shows only the selected server, and everything again after that", async () => {
    const stopped = many(5, (i) => ({ ...aged(3001 + i, 40 + i), created_from: { id: 7, name: "db-1" } }));
    const { items, frame } = await openReport({ images: [...many(3), ...stopped] });
    await frame.getByText("db-1 (7): last on 2026-10-14, before that every day").waitFor();
    const choose = frame.getByRole("button", { name: "web-1 (42)" });
    await choose.click();
    expect(await choose.getAttribute("aria-pressed")).toBe("true");
    expect(await items("Growth per month").count()).toBe(1);
    expect(await frame.getByText("last on").count()).toBe(0);
    expect(await frame.getByRole("status").textContent()).toBe(
      "Growth, stopped series and duplicates show only web-1 (42).",
    );

    await frame.getByRole("button", { name: "db-1 (7)" }).click();
    expect(await choose.getAttribute("aria-pressed")).toBe("false");
    expect(await items("Growth per month").first().innerText()).toContain("2026-10");
    await frame.getByRole("button", { name: "Show all servers" }).click();
    expect(await frame.getByText("last on").count()).toBe(1);
    expect(await items("Growth per month").count()).toBe(2);
  });

  test("the page shows the groups of the result when the host does not pass _meta on", async () => {
    const { call } = await startPageClient({ demo: true });
    const { _meta, ...result } = await call(REPORT);
    const host = await open();
    await host.send(result);
    await expect.poll(host.headline).toBe(result.structuredContent["summary"]);
    const bars = host.frame.getByRole("list", { name: "GB and money by server" });
    expect(await bars.getByRole("listitem").first().innerText()).toContain(
      "db-1 (51)\n107.37 GB, 1.54 EUR, 4 snapshots; 2 backups, 56.86 GB",
    );
  });
});
