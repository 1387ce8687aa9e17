// Bundles src/index.ts and its packages into dist, and writes the licences of the bundled packages.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import {
  onlyDispatchers,
  onlyOneParser,
  splitParts,
  withoutAjv,
  withoutJsonSchema,
  withoutSecondCheck,
} from "./esbuild-plugins.mjs";
import { buildPage, createPagePlugin } from "./page.mjs";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

rmSync("dist", { recursive: true, force: true });

const { metafile } = await build({
  entryPoints: {
    index: "src/index.ts",
    main: "src/main.ts",
    commands: "src/commands.ts",
    simulator: "src/simulator/http.ts",
    undici: "undici",
    page: "#page",
  },
  outdir: "dist",
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20",
  format: "esm",
  legalComments: "none",
  metafile: true,
  define: { __VERSION__: JSON.stringify(version) },
  // Bundled CommonJS packages call require for Node's own modules.
  banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
  plugins: [
    splitParts({
      "./main.ts": "main",
      "./commands.ts": "commands",
      "./simulator/http.ts": "simulator",
      undici: "undici",
      "#page": "page",
    }),
    createPagePlugin(await buildPage()),
    onlyDispatchers,
    onlyOneParser,
    withoutAjv,
    withoutJsonSchema,
    withoutSecondCheck,
  ],
});

writeFileSync("dist/LICENSES.txt", formatLicences(Object.keys(metafile.inputs)));

/** @param {string[]} inputs */
function formatLicences(inputs) {
  const folders = inputs.flatMap((path) => path.match(/^node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/)?.[0] ?? []);
  return [...new Set(folders)].sort().map(formatLicence).join("\n");
}

/** @param {string} folder */
function formatLicence(folder) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} is bundled and ships no licence text`);
  return `${"=".repeat(80)}\n${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, "utf8").trim()}\n`;
}
