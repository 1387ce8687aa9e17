/** The page of a plan in a real browser, framed by a host of ext-apps. Needs `npm run build`. */

import { describe, expect, test } from "vitest";
import { CHROMIUM, useBrowser, WHERE } from "../support/browser.ts";
import { PLAN } from "../support/cleanup.ts";
import { startPageClient } from "../support/page-client.ts";

describe.skipIf(!CHROMIUM)(`the page of a plan${WHERE}`, () => {
  const open = useBrowser();

  test("shows a sentence that follows the boxes", async () => {
    const { call } = await startPageClient({ demo: true });
    const result = await call(PLAN, { keep_last: 2 });
    const { frame, send, page, trouble } = await open({ width: 800 });
    await send(result);
    await page.waitForTimeout(500);
    await page.screenshot({ path: "/tmp/shot.png", fullPage: true });
    expect(await frame.getByRole("heading", { level: 1 }).textContent()).toMatch(/^Would delete 10 of 28/);
    expect(trouble).toEqual([]);
  });
});
