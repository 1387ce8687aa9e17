#!/usr/bin/env node
/** The command. Says plainly when Node is too old, before anything that would not run on it is loaded. */

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 20 || (major === 20 && minor < 18)) {
  process.stderr.write(`hcloud-images-mcp needs Node.js 20.18.1 or newer; this is ${process.version}.\n`);
  process.exitCode = 1;
} else {
  const { main } = await import("./main.ts");
  await main(process.argv.slice(2), process.env);
}
