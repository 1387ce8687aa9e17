/** A copy of the build, alone in a folder as after an installation. Needs `npm run build`. */

import { cp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryFolder } from "./folder.ts";
import { COMMAND } from "./spawned.ts";

/** Copies the build, without the given files. */
export async function install({
  without = [] as string[],
} = {}): Promise<{ folder: string; command: string }> {
  const folder = temporaryFolder();
  const dist = join(folder, "dist");
  await cp(dirname(COMMAND), dist, { recursive: true });
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  for (const part of without) await rm(join(dist, part));
  return { folder, command: join(dist, "index.js") };
}
