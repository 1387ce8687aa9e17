#!/usr/bin/env node
/** The command. Says plainly when Node is too old, before anything that would not run on it is loaded. */

import module from "node:module";
import { fileURLToPath } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 20 || (major === 20 && minor < 18)) {
  process.stderr.write(`hcloud-images-mcp needs Node.js 20.18.1 or newer; this is ${process.version}.\n`);
  process.exitCode = 1;
} else {
  enableCompileCacheIfSupported();
  const { main } = await import("./main.ts");
  await main(process.argv.slice(2), process.env);
}

/**
 * Node 22.1 and newer can keep the code of the modules that are imported from here on as it was compiled, and do not
 * throw when they cannot. It is kept beside the code itself, so that whoever may write the one may write the other.
 */
function enableCompileCacheIfSupported(): void {
  const { enableCompileCache } = module as { enableCompileCache?: (directory: string) => unknown };
  enableCompileCache?.(fileURLToPath(new URL("../node_modules/.cache", import.meta.url)));
}
