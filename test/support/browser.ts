/** Chromium with a host of ext-apps that frames the built page under a strict policy. Needs `npm run build`. */

import { existsSync } from "node:fs";
import axe from "axe-core";
import { build } from "esbuild";
import { type Browser, chromium, type FrameLocator, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import html from "#page";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
export const CHROMIUM_PATH = [process.env["CHROMIUM"] ?? "", ...PLACES].find((path) => existsSync(path));

export const hasChromium = CHROMIUM_PATH !== undefined;
/** Suffix for the titles of tests that need the browser. */
export const SKIP_NOTE = hasChromium ? "" : " (skipped: chromium is not installed)";

const HOST = "http://host.test/";
const PAGE = "http://page.test/";

/** A policy stricter than the specification's default: nothing from outside, no HTML from strings, no form, no base. */
const CSP = [
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

export interface Host {
  page: Page;
  frame: FrameLocator;
  /** Requests to other addresses than host and page, and errors and warnings of the browser. */
  trouble: string[];
  send(result: object): Promise<void>;
  /** Returns a member of the host, such as the messages that it received. */
  read<T>(name: "messages" | "contexts" | "calls" | "heights"): Promise<T[]>;
  run(name: "input" | "cancel" | "context" | "resize" | "release", argument?: object | number): Promise<void>;
  takeMessages(how: "accept" | "refuse" | "error" | "never"): Promise<void>;
  /** Returns what axe finds in the page. */
  violations(): Promise<string[]>;
  /** Returns by how many pixels the page is wider than its frame. */
  overflow(): Promise<number>;
  headline(): Promise<string>;
  /** Returns the value of an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
}

interface HostOptions {
  width?: number;
  context?: object;
  capabilities?: object;
  callTool?: (params: { name: string; arguments: Record<string, unknown> }) => Promise<unknown>;
}

type CallTool = NonNullable<HostOptions["callTool"]>;

/** Starts the browser for the tests of a file; returns a function that opens the page again for each test. */
export function useBrowser(): (options?: HostOptions) => Promise<Host> {
  let browser: Browser | undefined;
  let page: Page;
  let trouble: string[] = [];
  let answer: CallTool;
  beforeAll(async () => {
    if (CHROMIUM_PATH === undefined) return;
    const [started, hostScript] = await Promise.all([
      chromium.launch({ executablePath: CHROMIUM_PATH, args: ["--no-sandbox", "--disable-lcd-text"] }),
      buildHost(),
    ]);
    browser = started;
    page = await browser.newPage();
    page.setDefaultTimeout(15_000);
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") trouble.push(message.text());
    });
    page.on("pageerror", (error) => trouble.push(error.message));
    await page.exposeFunction("callTool", (params: Parameters<CallTool>[0]) => answer(params));
    await page.route("**", (route) => {
      const url = route.request().url();
      if (url === HOST) return route.fulfill({ contentType: "text/html", body: HOST_PAGE });
      if (url === PAGE)
        return route.fulfill({
          contentType: "text/html",
          headers: { "Content-Security-Policy": CSP },
          body: html,
        });
      trouble.push(url);
      return route.abort();
    });
    await page.goto(HOST);
    await page.addScriptTag({ content: hostScript });
  }, 60_000);
  afterAll(() => browser?.close());

  return async ({ width = 500, context = {}, capabilities = ALL_CAPABILITIES, callTool } = {}) => {
    trouble = [];
    answer = callTool ?? (async () => ({ content: [], isError: true }));
    await page.setViewportSize({ width: width + 20, height: 800 });
    await page.evaluate(`window.host.open(...${JSON.stringify([PAGE, width, context, capabilities])})`);
    const frame = page.frameLocator("iframe");
    const inner = () => {
      const found = page.frames().find((one) => one.url() === PAGE);
      if (!found) throw new Error("the page is not open");
      return found;
    };
    return {
      page,
      frame,
      trouble,
      send: (result) => page.evaluate(`window.host.result(${JSON.stringify(result)})`),
      read: (name) => page.evaluate(`window.host.${name}`),
      run: (name, argument = {}) => page.evaluate(`window.host.${name}(${JSON.stringify(argument)})`),
      takeMessages: (how) => page.evaluate(`window.host.answer = ${JSON.stringify(how)}; undefined`),
      overflow: () =>
        inner().evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"),
      headline: () => frame.getByRole("heading", { level: 1 }).innerText(),
      evaluate: (expression) => inner().evaluate(expression),
      async violations() {
        // Evaluating through the browser's protocol bypasses the page's policy.
        await inner().evaluate(`window.axe || (() => { ${axe.source} })()`);
        return inner().evaluate(
          "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))",
        );
      },
    };
  };
}

async function buildHost(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ["test/app/host/host.ts"],
    bundle: true,
    minify: true,
    format: "iife",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

const ALL_CAPABILITIES = { serverTools: {}, message: { text: {} }, updateModelContext: { text: {} } };

const HOST_PAGE =
  "<!doctype html><html lang=en><head><title>A chat</title><link rel=icon href='data:,'></head><body style='margin:10px'></body></html>";
