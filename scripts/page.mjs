// Builds app/ into one HTML file, which MCP clients show in the chat.
import { readFileSync } from "node:fs";
import { build } from "esbuild";

/** The largest page: MCP clients keep the page in memory for each result. */
const MAX_PAGE_BYTES = 25_000;

/** Returns the page; throws if the page is too large. */
export async function buildPage() {
  const [script = "", style = ""] = await Promise.all(["app/main.ts", "app/page.css"].map(bundle));
  // An end tag within the script or style would end the element early.
  if (/<\/(script|style)/i.test(script + style)) throw new Error("the page holds the end of its own script");
  const page = readFileSync("app/page.html", "utf8")
    .replace("/* style */", () => style)
    .replace("/* script */", () => script);
  if (Buffer.byteLength(page) > MAX_PAGE_BYTES)
    throw new Error(`the page has ${Buffer.byteLength(page)} bytes, more than ${MAX_PAGE_BYTES}`);
  return page;
}

/** @param {string} entry */
async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "none",
    write: false,
  });
  return outputFiles[0]?.text.trim() ?? "";
}

/**
 * Creates a plugin for the module `#page`, whose default export is the page.
 * @param {string} page
 * @returns {import("esbuild").Plugin}
 */
export function createPagePlugin(page) {
  return {
    name: "page",
    setup(build) {
      build.onResolve({ filter: /^#page$/ }, ({ path }) => ({ path, namespace: "page" }));
      build.onLoad({ filter: /.*/, namespace: "page" }, () => ({
        contents: `export default ${JSON.stringify(page)}`,
      }));
    },
  };
}
