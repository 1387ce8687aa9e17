#!/usr/bin/env node
/** The command's entry point. Checks Node's version before it loads code that an older Node cannot run. */

import module from "node:module";
import { fileURLToPath } from "node:url";
import { isNodeTooOld, MIN_NODE } from "./version.ts";

if (isNodeTooOld(process.versions.node)) {
  process.stderr.write(`hcloud-images-mcp needs Node.js ${MIN_NODE} or newer; this is ${process.version}.\n`);
  process.exitCode = 1;
} else {
  enableCompileCacheIfSupported();
  const { main } = await import("./main.ts");
  await main(process.argv.slice(2), process.env);
}

/**
 * Lets Node 22.1 and newer cache the compiled code of the modules that are imported later; a failure does not throw. The cache is
 * beside the code, so that only users who can write to the code can write to the cache.
 */
function enableCompileCacheIfSupported(): void {
  const { enableCompileCache } = module as { enableCompileCache?: (directory: string) => unknown };
  enableCompileCache?.(fileURLToPath(new URL("../node_modules/.cache", import.meta.url)));
}
