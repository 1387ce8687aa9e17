import { chromium } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { CHROMIUM_PATH, hasChromium, SKIP_NOTE } from "../support/browser.ts";
import { spawnCommand } from "../support/spawned.ts";

test.skipIf(!hasChromium)(
  `npm run demo -- --page shows plan and report, and what is sent${SKIP_NOTE}`,
  async () => {
    const demo = spawnCommand(["--page"], {}, { command: "scripts/demo.mjs" });
    const [address = ""] = /http:\S+/.exec(await demo.nextLine()) ?? [];
    const browser = await chromium.launch({ executablePath: CHROMIUM_PATH ?? "", args: ["--no-sandbox"] });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    await page.goto(address);
    const [plan, report] = [0, 1].map((i) => page.frameLocator("iframe").nth(i));
    if (!plan || !report) throw new Error("two frames");
    expect(await plan.getByRole("heading", { level: 1 }).innerText()).toMatch(
      /^Would delete 5 of 28 snapshots/,
    );
    expect(await report.getByRole("heading", { level: 1 }).innerText()).toMatch(/^28 snapshots, /);
    await plan.getByRole("button", { name: "Ask the chat to delete these 5" }).click();
    const sent = page.locator("aside pre");
    await sent.waitFor();
    expect(await sent.innerText()).toMatch(/hcloud_delete_images[\s\S]*5/);
  },
);
