/** What the page shows before, instead of and after a result, and how it gets on with its host. Needs `npm run build`. */

import { describe, expect, test } from "vitest";
import { type Host, hasChromium, SKIP_NOTE, useBrowser } from "../support/browser.ts";
import { codeOf, EVERY_IMAGE, many, PLAN } from "../support/cleanup.ts";
import { startPageClient } from "../support/page-client.ts";

const BRAND = { "--color-text-primary": "rgb(1, 2, 3)", "--font-sans": "Brand, serif" };

const ORDER = /^(Ask the chat|Keep everything|Nothing)/;

/** The timers of the page expire immediately. */
const NO_TIME = "window.setTimeout = (act) => { queueMicrotask(act); return 0; }";

/** Records what the status says from now on. */
const RECORD_STATUS = `
  window.said = [];
  const status = document.querySelector("[role=status]");
  new MutationObserver(() => window.said.push(status.textContent)).observe(status, { childList: true });
  undefined`;

describe.skipIf(!hasChromium)(`the page${SKIP_NOTE}`, () => {
  const open = useBrowser();

  async function openPlan(options: Parameters<typeof open>[0] = {}) {
    const { call } = await startPageClient({ demo: true });
    const result = await call(PLAN, { keep_last: 2 });
    const host = await open(options);
    await host.send(result);
    await host.frame.getByRole("heading", { level: 1 }).waitFor();
    return { ...host, result };
  }

  /** Returns the labels of the buttons that can send an answer now. */
  const openOrders = ({ frame }: Pick<Host, "frame">) =>
    frame.getByRole("button", { name: ORDER, disabled: false }).allInnerTexts();

  const status = ({ frame }: Pick<Host, "frame">) => frame.getByRole("status");

  test("the page says that it waits, also after it knows the arguments", async () => {
    const host = await open();
    expect(await host.headline()).toBe("Waiting for the result…");
    await host.run("input", { keep_last: 2 });
    expect(await host.headline()).toBe("Waiting for the result…");
    expect(await host.violations()).toEqual([]);
  });

  test("the page says that the call was cancelled", async () => {
    const host = await open();
    await host.run("cancel");
    await expect.poll(host.headline).toBe("The call was cancelled. Nothing was changed.");
    expect(await host.violations()).toEqual([]);
  });

  test("the page shows an error with the text that the chat has", async () => {
    const { call } = await startPageClient({ demo: true, clientToken: "wrong" });
    const result = await call(PLAN, { keep_last: 2 });
    expect(result["isError"]).toBe(true);
    const host = await open();
    await host.send(result);
    const [{ text = "" } = {}] = result["content"] as { text: string }[];
    await expect.poll(host.headline).toBe("The call failed.");
    await host.frame.getByText(text, { exact: true }).waitFor();
  });

  test.each([
    ["without content", { content: [] }, "The chat has the result."],
    [
      "of another shape",
      { content: [], structuredContent: { to_delete: 1 } },
      /^This result cannot be shown/,
    ],
  ])("the page shows a result %s as a sentence", async (_, result, words) => {
    const host = await open();
    await host.send(result);
    await expect.poll(host.headline).toMatch(words);
    expect(host.trouble).toEqual([]);
  });

  test("the page says that nothing would be deleted, and offers nothing to send", async () => {
    const { call } = await startPageClient({ images: many(3) });
    const host = await open();
    await host.send(await call(PLAN, { keep_last: 5 }));
    await expect.poll(host.headline).toBe("Would delete 0 of 3 snapshots.");
    expect(await host.frame.getByRole("button", { name: /chat|everything/ }).count()).toBe(0);
    await host.frame.getByText("3 snapshots kept, and why").click();
    expect(await host.frame.getByRole("cell", { name: /keep last/ }).count()).toBe(3);
  });

  test("the page offers nothing to send when nothing can be deleted, and gives the reason", async () => {
    const { call } = await startPageClient({ demo: true, readOnly: true });
    const result = await call(PLAN, { keep_last: 2 });
    const host = await open();
    await host.send(result);
    await host.frame.getByText(String(result.structuredContent["next"])).waitFor();
    expect(await host.frame.getByRole("checkbox").count()).toBe(0);
    expect(await host.frame.getByRole("button", { name: /chat|everything/ }).count()).toBe(0);
  });

  test("the page sends nothing to the chat before the user presses a button", async () => {
    const host = await openPlan();
    await host.frame.getByRole("checkbox").first().check();
    expect(await host.read("messages")).toEqual([]);
    await host.frame.getByRole("button", { name: "Ask the chat to delete these 9" }).click();
    await expect
      .poll(() => status(host).textContent())
      .toBe("Sent to the chat: delete 9 snapshots. This page itself has changed nothing.");
    expect(await host.read("messages")).toHaveLength(1);
  });

  test.each(["refuse", "error"] as const)(
    "offers the message for copying when the chat says: %s",
    async (how) => {
      const host = await openPlan();
      await host.takeMessages(how);
      await host.frame.getByRole("button", { name: "Ask the chat to delete these 10" }).click();
      await expect.poll(() => status(host).textContent()).toMatch(/^The chat did not accept the message/);
      const [message] = await host.read<string>("messages");
      expect(await host.frame.getByRole("textbox").inputValue()).toBe(message);
      expect(await host.violations()).toEqual([]);

      await host.takeMessages("accept");
      await host.frame.getByRole("button", { name: "Ask the chat to delete these 10" }).click();
      await expect.poll(() => status(host).textContent()).toMatch(/^Sent to the chat: delete 10 snapshots\./);
      expect(await host.frame.getByRole("textbox").count()).toBe(0);
    },
  );

  test("the page does not call a missing response a refusal, and offers the message for copying", async () => {
    const host = await openPlan();
    await host.takeMessages("never");
    await host.evaluate(NO_TIME);
    await host.frame.getByRole("button", { name: "Ask the chat to delete these 10" }).click();
    await expect.poll(() => status(host).textContent()).toMatch(/^The chat has not answered yet\. If/);
    const [message] = await host.read<string>("messages");
    expect(await host.frame.getByRole("textbox").inputValue()).toBe(message);
    expect(await openOrders(host)).toEqual([]);
    expect(await host.violations()).toEqual([]);
    await host.frame.getByRole("button", { name: "Choose again" }).click();
    expect(await status(host).textContent()).toBe("");
    expect(await openOrders(host)).toHaveLength(3);
  });

  test.each([
    ["accept", /^Sent to the chat: delete 10 snapshots\./, 0],
    ["refuse", /^The chat did not accept the message/, 3],
  ] as const)("the page shows a response that comes late: %s", async (how, words, open) => {
    const host = await openPlan();
    await host.takeMessages("never");
    await host.evaluate(NO_TIME);
    await host.frame.getByRole("button", { name: "Ask the chat to delete these 10" }).click();
    await expect.poll(() => status(host).textContent()).toMatch(/^The chat has not answered yet/);
    await host.takeMessages(how);
    await host.run("release");
    await expect.poll(() => status(host).textContent()).toMatch(words);
    expect(await openOrders(host)).toHaveLength(open);
  });

  test("a late refusal of the first answer does not pass for one of the second, a late acceptance is told", async () => {
    const host = await openPlan();
    const waits = () => expect.poll(() => status(host).textContent()).toMatch(/^The chat has not answered/);
    await host.takeMessages("never");
    await host.evaluate(NO_TIME);
    for (const name of ["Ask the chat to delete these 10", "Ask the chat to bin these 10"]) {
      await host.frame.getByRole("button", { name }).click();
      await waits();
      await host.frame.getByRole("button", { name: "Choose again" }).click();
    }
    await host.frame.getByRole("button", { name: "Keep everything" }).click();
    await waits();
    await host.evaluate(RECORD_STATUS);
    await host.takeMessages("refuse");
    await host.run("release");
    await host.takeMessages("accept");
    await host.run("release");
    await expect.poll(() => status(host).textContent()).toMatch(/^Sent to the chat: move 10 snapshots/);
    expect(await host.evaluate("window.said")).toEqual([expect.stringMatching(/^Sent to the chat: move/)]);
    expect(await openOrders(host)).toEqual([]);
  });

  test("the page sends one answer at a time, and says which", async () => {
    const host = await openPlan();
    await host.frame.getByRole("button", { name: "Ask the chat to delete these 10" }).click();
    await expect.poll(() => status(host).textContent()).toMatch(/^Sent to the chat: delete 10 snapshots\./);
    expect(await openOrders(host)).toEqual([]);
    expect(await host.violations()).toEqual([]);

    await host.frame.getByRole("button", { name: "Choose again" }).click();
    expect(await openOrders(host)).toHaveLength(3);
    expect(await status(host).textContent()).toBe("");
    await host.frame.getByRole("button", { name: "Ask the chat to bin these 10" }).click();
    await expect
      .poll(() => status(host).textContent())
      .toMatch(/^Sent to the chat: move 10 snapshots to the bin\./);
    expect(await openOrders(host)).toEqual([]);

    await host.frame.getByRole("checkbox").first().check();
    expect(await openOrders(host)).toHaveLength(3);
    await host.frame.getByRole("button", { name: "Keep everything" }).click();
    await expect.poll(() => status(host).textContent()).toMatch(/^Sent to the chat: keep all 10 snapshots\./);
    expect(await openOrders(host)).toEqual([]);
    expect(await host.read("messages")).toHaveLength(3);
  });

  test("a change of the boxes allows no second answer while the first is being sent", async () => {
    const host = await openPlan();
    await host.takeMessages("never");
    await host.frame.getByRole("button", { name: "Ask the chat to delete these 10" }).click();
    await host.frame.getByRole("checkbox").first().check();
    await host.frame.getByRole("button", { name: "Ask the chat to delete these 9" }).waitFor();
    expect(await openOrders(host)).toEqual([]);
    expect(await status(host).textContent()).toBe("Sending…");
  });

  test("the page reports the state of its boxes to the model", async () => {
    const host = await openPlan();
    const box = host.frame.getByRole("checkbox").first();
    await box.check();
    await expect.poll(() => host.read("contexts")).toHaveLength(1);
    const [said] = await host.read<string>("contexts");
    expect(said).toMatch(/chosen to delete 9 of 10, and has not agreed yet/);
    expect(said).toContain('"except":[361040217],"count":9}');

    const silent = await openPlan({ capabilities: { message: { text: {} } } });
    await silent.frame.getByRole("checkbox").first().check();
    await silent.frame.getByRole("button", { name: "Ask the chat to delete these 9" }).click();
    await expect.poll(() => silent.read("messages")).toHaveLength(1);
    expect(await silent.read("contexts")).toEqual([]);
  });

  test("the page sends a refusal when everything is to be kept", async () => {
    const host = await openPlan();
    await host.frame.getByRole("button", { name: "Keep everything" }).click();
    await expect
      .poll(() => host.read("messages"))
      .toEqual(["Keep all 10 snapshots of the plan: delete nothing."]);
    expect(await host.headline()).toBe("Would delete 0 of 28 snapshots.");
    expect(await host.frame.getByRole("checkbox", { checked: true }).count()).toBe(10);
    await host.frame.getByRole("button", { name: "Choose again" }).click();
    for (const name of ["Nothing to delete", "Nothing to bin"])
      expect(await host.frame.getByRole("button", { name }).isDisabled()).toBe(true);
    expect(await openOrders(host)).toEqual(["Keep everything"]);
  });

  test("the page reads the pages of a plan itself when the host does not pass _meta on, and calls nothing else", async () => {
    const { call, client } = await startPageClient({ images: many(300) });
    const { _meta, ...result } = await call(PLAN, EVERY_IMAGE);
    expect(result.structuredContent["next_page"]).toBe(2);
    const host = await open({ callTool: (params) => client.callTool(params) });
    await host.send(result);
    await expect
      .poll(host.headline)
      .toMatch(/^Would delete 300 of 300 images: 450.00 GB, saves 6.44 EUR a month/);
    await host.frame.getByText("web-1 (42): 300").click();
    expect(await host.frame.getByRole("row").count()).toBe(301);
    const calls = await host.read<{ name: string; arguments: { plan: string } }>("calls");
    expect(new Set(calls.map(({ name }) => name))).toEqual(new Set([PLAN]));
    const confirm = codeOf({ data: result.structuredContent, text: "", isError: false });
    expect(calls.map((one) => one.arguments)).toEqual(calls.map((_, i) => ({ plan: confirm, page: i + 2 })));
  });

  test("the page shows a page of a plan that the model reads, without anything to send", async () => {
    const { call } = await startPageClient({ images: many(300) });
    const { structuredContent } = await call(PLAN, EVERY_IMAGE);
    const host = await open();
    await host.send(await call(PLAN, { plan: structuredContent["confirm"], page: 2 }));
    await expect.poll(host.headline).toMatch(/^Page 2 of \d+ of a plan/);
    expect(await host.frame.getByRole("button").count()).toBe(0);
  });

  test("the page reports its height whenever the height changes", async () => {
    const host = await openPlan();
    await host.frame.getByText("18 snapshots kept, and why").click();
    await expect.poll(() => host.read("heights")).toHaveLength(3);
    const [waiting = 0, shown = 0, unfolded = 0] = await host.read<number>("heights");
    expect(waiting).toBeLessThan(100);
    expect(shown).toBeGreaterThan(500);
    expect(unfolded).toBeGreaterThan(shown + 500);
  });

  test("the page takes over the style of the host, also when the style changes", async () => {
    const host = await open({ context: { theme: "dark", styles: { variables: BRAND } } });
    const style = (name: string) => host.evaluate(`getComputedStyle(document.body)[${JSON.stringify(name)}]`);
    expect(await style("color")).toBe("rgb(1, 2, 3)");
    expect(await style("fontFamily")).toBe("Brand, serif");
    const dark = await style("backgroundColor");
    await host.run("context", {
      theme: "light",
      styles: { variables: BRAND, css: { fonts: "body { letter-spacing: 1px }" } },
    });
    await expect.poll(() => style("backgroundColor")).not.toBe(dark);
    expect(await style("letterSpacing")).toBe("1px");
  });
});
