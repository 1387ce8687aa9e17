// Packs the built server for Claude Desktop into hcloud-images-mcp.mcpb or the given file; --check packs and discards.
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packExtension } from "@anthropic-ai/mcpb";

const MAX_BUNDLE_BYTES = 400_000;

const [argument = "hcloud-images-mcp.mcpb"] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "hcloud-images-mcp-"));
try {
  const bundle = argument === "--check" ? join(work, "checked.mcpb") : argument;
  const size = await pack(bundle);
  if (size > MAX_BUNDLE_BYTES)
    throw new Error(`the bundle is ${size} bytes, more than ${MAX_BUNDLE_BYTES}: see what dist/ holds`);
  console.log(
    `${argument === "--check" ? "a bundle" : bundle}: ${size} of at most ${MAX_BUNDLE_BYTES} bytes`,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}

/**
 * Validates and packs the files that the server needs. Returns the size in bytes.
 * @param {string} bundle
 */
async function pack(bundle) {
  const stage = join(work, "stage");
  const { icon, screenshots } = JSON.parse(readFileSync("manifest.json", "utf8"));
  const { name, version, license, type, files } = JSON.parse(readFileSync("package.json", "utf8"));
  for (const part of ["manifest.json", icon, ...screenshots, "LICENSE", ...files]) {
    cpSync(part, join(stage, part), { recursive: true });
  }
  // Without this file, Node before 20.19 would read dist/*.js as CommonJS.
  writeFileSync(
    join(stage, "package.json"),
    `${JSON.stringify({ name, version, license, type }, null, 2)}\n`,
  );

  const packed = await packExtension({ extensionPath: stage, outputPath: bundle, silent: true });
  if (!packed) throw new Error("mcpb could not pack the bundle; what it said is above");
  return statSync(bundle).size;
}
