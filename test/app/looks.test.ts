/** Both pages with any number of images, in both themes and three widths, as axe and a ruler see them. Needs `npm run build`. */

import { writeFileSync } from "node:fs";
import { decode, encode } from "fast-png";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/hcloud/types.ts";
import { binned } from "../support/bin.ts";
import { hasChromium, SKIP_NOTE, useBrowser } from "../support/browser.ts";
import { many, PLAN } from "../support/cleanup.ts";
import { NOON } from "../support/harness.ts";
import { startPageClient } from "../support/page-client.ts";

const TOOLS = [
  [PLAN, { keep_last: 2 }],
  ["hcloud_report_images", {}],
] as const;
const WIDTHS = [320, 500, 800];
const THEMES = ["light", "dark"];

/** Snapshots of some servers: some always kept, some in the bin. */
const project = (count: number): Image[] =>
  many(count, (i) => ({
    created: new Date(NOON - i * (count > 30 ? 1 : 7) * 86_400_000).toISOString(),
    description: i % 7 ? `nightly ${i}` : "aNameWithoutABlank".repeat(8),
    created_from: i % 11 ? { id: 1 + (i % 13), name: i % 3 ? `web-${i % 13}` : "packer".repeat(10) } : null,
    image_size: (i % 17) * 1.37,
    protection: { delete: i % 10 === 0 },
    labels: i % 9 === 4 ? binned("2026-12-24") : {},
  }));

/** Words of the axis that begin before the word to their left ends. */
const OVERLAPPING_TICKS = `
  [...document.querySelectorAll(".axis text")]
    .map((tick) => [tick.textContent, tick.getBoundingClientRect()])
    .sort(([, a], [, b]) => a.left - b.left)
    .flatMap(([word, { left }], i, all) => (i > 0 && left < all[i - 1][1].right ? [word] : []))`;

/** The browser compresses in haste. */
const compress = (png: Uint8Array) => encode(decode(png), { zlib: { level: 9 } });

describe.skipIf(!hasChromium)(`the page${SKIP_NOTE}`, () => {
  const open = useBrowser();

  test.each(TOOLS.flatMap(([tool, args]) => [0, 1, 30, 500].map((count) => [tool, count, args] as const)))(
    "%s has no violation and no horizontal scrolling with %i snapshots",
    async (tool, count, args) => {
      const { call } = await startPageClient({ images: project(count) });
      const host = await open({ width: 320 });
      await host.send(await call(tool, args));
      await host.frame.getByRole("heading", { name: /snapshot/ }).waitFor();
      // All that can be unfolded is looked at; axe takes seconds for thousands of cells.
      if (count <= 30)
        await host.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })");
      for (const theme of THEMES) {
        await host.run("context", { theme });
        for (const width of WIDTHS) {
          await host.run("resize", width);
          await expect.poll(() => host.evaluate("window.innerWidth")).toBe(width);
          expect(await host.overflow(), `${theme} ${width}`).toBe(0);
          expect(await host.evaluate(OVERLAPPING_TICKS), `${theme} ${width}`).toEqual([]);
        }
        expect(await host.violations(), theme).toEqual([]);
      }
      expect(host.trouble).toEqual([]);
    },
  );

  test.each(THEMES)("the pictures of the README show the page in theme %s", async (theme) => {
    const { call } = await startPageClient({ demo: true });
    const host = await open({ width: 700, context: { theme } });
    await host.page.setViewportSize({ width: 720, height: 1200 });
    await host.send(await call(PLAN, { keep_last: 3 }));
    await host.frame.locator("#keep-362118904").check();
    await expect.poll(() => host.read("heights")).toHaveLength(2);
    const picture = compress(await host.page.locator("iframe").screenshot());
    expect(picture.length).toBeLessThan(100_000);
    if (process.env["PAGE_PICTURES"]) writeFileSync(`docs/page-${theme}.png`, picture);
  });
});
