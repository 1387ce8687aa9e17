/** A copy of the project in its own git repository, where npm may change files. */

import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { temporaryFolder } from "./folder.ts";
import { ROOT } from "./npm.ts";

/** Built or installed folders. */
const NOT_COPIED = ["node_modules", "dist", "coverage", ".git"];

/** Copies the project; `used` are built or installed folders that the copy links to. */
export function copyProject(used: string[]) {
  const place = join(temporaryFolder(), "copy");
  cpSync(ROOT, place, { recursive: true, filter: (path) => !NOT_COPIED.includes(basename(path)) });
  for (const folder of used) symlinkSync(join(ROOT, folder), join(place, folder), "junction");
  execFileSync("git", ["init", "--quiet"], { cwd: place });
  const read = (file: string) => readFileSync(join(place, file), "utf8");
  return {
    place,
    read,
    json: (file: string) => JSON.parse(read(file)),
    write: (file: string, text: string) => writeFileSync(join(place, file), text),
    /** Runs a file of the copy with Node and returns its output. */
    node: (...args: string[]) =>
      execFileSync(process.execPath, args, { cwd: place, encoding: "utf8", stdio: "pipe" }),
  };
}
