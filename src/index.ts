#!/usr/bin/env node
/** The command. Checks Node's version before it loads anything that an older Node cannot run. */

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
 * Node 22.1 and newer can cache the compiled code of modules imported after this call, and do not throw when they cannot.
 * The cache is beside the code itself, so that nobody can write to it who cannot write to the code.
 */
function enableCompileCacheIfSupported(): void {
  const { enableCompileCache } = module as { enableCompileCache?: (directory: string) => unknown };
  enableCompileCache?.(fileURLToPath(new URL("../node_modules/.cache", import.meta.url)));
}
