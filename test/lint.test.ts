import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "./support/folder.ts";

const STDOUT = "stdout carries JSON-RPC and nothing else";

/** Sources, and what the linter says about each; null for nothing. */
const SOURCES: [file: string, text: string, complaint: string | null][] = [
  ["src/tools/starts.ts", 'import { spawn } from "node:child_process";\nspawn("ls");', "starts no process"],
  ["src/config/starts.ts", 'import { spawn } from "node:child_process";\nspawn("ls");', "starts no process"],
  ["src/loads.ts", 'export const vm = () => import("node:vm");', "loads no code"],
  ["src/reads.ts", 'import { readFileSync } from "node:fs";\nreadFileSync("x");', "Files are read by"],
  ["src/hcloud/reads.ts", 'export const fs = () => import("node:fs/promises");', "Files are read by"],
  ["src/simulator/reads.ts", 'export const fs = () => import("node:fs");', "Files are read by"],
  ["src/hcloud/looks.ts", 'import { clean } from "../text.ts";\nclean("", 1);', "nothing else"],
  ["src/view/looks-up.ts", 'import { explain } from "../call/explain.ts";\nexplain(0);', "folders below it"],
  [
    "src/tools/speaks.ts",
    'export const sdk = () => import("@modelcontextprotocol/sdk/types.js");',
    "knows the MCP SDK",
  ],
  ["src/text-a.ts", 'import type { B } from "./text-b.ts";\nexport type A = B | null;', "part of a cycle"],
  ["src/text-b.ts", 'import type { A } from "./text-a.ts";\nexport type B = A | 0;', "part of a cycle"],
  ["src/writes.ts", 'process.stdout.write("x");', STDOUT],
  ["src/tools/writes.ts", 'process["stdout"].write("x");', STDOUT],
  ["src/takes.ts", 'const { stdout } = process;\nstdout.write("x");', STDOUT],
  ["src/prints.ts", 'console.log("x");', "console"],
  ["src/evaluates.ts", 'eval("1");', "eval()"],
  ["src/makes.ts", 'export const make = new Function("return 1");', "No code is made at run time"],
  ["app/parses.ts", 'document.body.innerHTML = "<b>";', "parses no text as HTML"],
  ["app/inserts.ts", 'document.body.insertAdjacentHTML("beforeend", "<b>");', "parses no text as HTML"],
  ["app/asks.ts", 'fetch("https://a.example");', "global variable fetch"],
  ["app/keeps.ts", "localStorage.clear();", "global variable localStorage"],
  ["app/looks.ts", 'import { clean } from "../src/text.ts";\nclean("", 1);', "no dependencies"],
  ["app/depends.ts", 'import { html } from "lit";\nhtml``;', "no dependencies"],
  ["app/adds.ts", 'import { costOf } from "../src/housekeeping/sums.ts";\ncostOf(1, "1");', null],
  ["src/config/reads.ts", 'import { readFileSync } from "node:fs";\nreadFileSync("x");', null],
  ["src/call/audit.ts", 'import { openSync } from "node:fs";\nopenSync("x", "a");', null],
  ["src/main.ts", 'process.stdout.write("x");', null],
];

test("the linter restricts processes, generated code, files and stdout to their modules", () => {
  const folder = temporaryFolder();
  for (const part of ["biome.json", "lint"]) cpSync(part, join(folder, part), { recursive: true });
  for (const [file, text] of SOURCES) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${text}\n`);
  }
  const biome = resolve("node_modules/@biomejs/biome/bin/biome");
  const args = [biome, "lint", "--vcs-enabled=false", "--reporter=github", "--max-diagnostics=none"];
  const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });

  for (const [file, text, complaint] of SOURCES) {
    const said = stdout.split("\n").filter((line) => line.includes(`${file},line=`));
    if (complaint === null) expect(said, text).toEqual([]);
    else expect(said.join("\n"), `${file}: ${text}`).toContain(complaint);
  }
});
