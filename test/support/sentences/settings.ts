/** Settings that the command refuses. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";
import { parseFaults } from "../../../src/simulator/faults.ts";
import { TOKEN } from "../answers.ts";
import { contextText, writeCliFile } from "../cli-file.ts";
import { type Environment, readConfigError } from "../config-errors.ts";
import { temporaryFolder } from "../folder.ts";
import { startSimulated } from "../simulated.ts";
import { spawnCommand } from "../spawned.ts";
import type { ErrorSentence } from "./error-sentence.ts";

const FILE = [
  'preferences = { endpoint = "https://api.example/v1" }',
  contextText("prod", TOKEN),
  contextText("blank", "a token"),
  '[[contexts]]\nname = "empty"',
  '[[contexts]]\nname = "vault"\ntoken_command = "pass show hcloud"',
].join("\n");

const SETTINGS: [argv: string[], env?: Environment][] = [
  [["start"]],
  [["doctor", "now"]],
  [["--port", "1"]],
  [["--demoo"]],
  [["--quick"]],
  [["--context"]],
  [["--demo=yes"]],
  [["--context", ""]],
  [[], { HCLOUD_IMAGES_DEMO: "maybe" }],
  [[], { HCLOUD_IMAGES_CONFIRM: "chat" }],
  [[], { HCLOUD_IMAGES_AUDIT_FILE: "audit.log" }],
  [["simulator", "--faults", "/nowhere/faults.json"]],
  [["simulator", "--port", "65536"]],
  [[], { HCLOUD_TOKEN: "two words" }],
  [[], { HCLOUD_ENDPOINT: "api" }],
  [[], { HCLOUD_ENDPOINT: "https://me:secret@api.example/v1" }],
  [[], { HCLOUD_ENDPOINT: "https://api.example/v1?x" }],
  [[], { HCLOUD_ENDPOINT: "http://api.example/v1" }],
  [[], { HCLOUD_ENDPOINT: "https://api.example/../v1" }],
];

export function collectSettingErrors(): ErrorSentence[] {
  const said = (argv: string[], env: Environment): ErrorSentence => {
    const where = [...Object.keys(env), ...argv].join(" ").trim();
    return { code: "start", where, sentence: readConfigError(argv, env) };
  };
  const folder = temporaryFolder();
  const file = (text: string, place: string) => writeCliFile(text, folder, place);
  const directory = join(folder, "folder.toml");
  mkdirSync(directory);
  const contexts: [name: string, HCLOUD_CONFIG: string][] = [
    ["prd", file(FILE, "cli.toml")],
    ["staging", file("", "none.toml")],
    ["x".repeat(40), join(folder, "cli.toml")],
    ["empty", join(folder, "cli.toml")],
    ["vault", join(folder, "cli.toml")],
    ["blank", join(folder, "cli.toml")],
    ["prod", file("contexts = [", "half.toml")],
    ["prod", file(`${contextText("prod", TOKEN)}[preferences]\nendpoint = 5`, "number.toml")],
    ["prod", join(folder, "missing.toml")],
    ["prod", directory],
  ];
  vi.stubEnv("HOME", "");
  const nowhere = said(["--context", "prod"], {});
  vi.unstubAllEnvs();
  return [
    nowhere,
    ...SETTINGS.map(([argv, env = {}]) => said(argv, env)),
    ...contexts.map(([name, HCLOUD_CONFIG]) => said(["--context", name], { HCLOUD_CONFIG })),
  ];
}

const FAULTS = [
  { more: 1 },
  { fault: "html", tims: 1 },
  { fault: "html", skip: -1 },
  { fault: "html", times: 0 },
  { fault: "html", status: 99 },
  { fault: "html", status: 600 },
  { fault: "html", method: "get" },
  { fault: "html", path: "/image" },
  { fault: "slow_body" },
  { fault: "slow_body", ms: -1 },
  { fault: "huge_body", bytes: 0 },
  { fault: "rate_limited", headers: { "a b": "1" } },
  { fault: "rate_limited", headers: { a: "1\n2" } },
];

/** Collects the errors of the simulator's fault file. */
export function collectFaultFileErrors(): ErrorSentence[] {
  return FAULTS.map((fault) => {
    try {
      parseFaults(JSON.stringify({ faults: [fault] }));
    } catch (error) {
      return { code: "start", where: "a file of --faults", sentence: (error as Error).message };
    }
    throw new Error(`${JSON.stringify(fault)} was accepted`);
  });
}

/** Collects the errors that only the simulator's process can find. */
export async function collectSimulatorErrors(): Promise<ErrorSentence[]> {
  const folder = temporaryFolder();
  const faults = (text: string, place: string) => ["--faults", writeCliFile(text, folder, place)];
  const { port } = new URL((await startSimulated()).endpoint);
  const runs = [
    faults("{", "half.json"),
    faults('{"faults": [{"fault": "htm"}]}', "mistyped.json"),
    ["--port", port],
  ];
  const said: ErrorSentence[] = [];
  for (const run of runs) {
    const { stderr, ended } = spawnCommand(["simulator", ...run]);
    await ended;
    const sentence = stderr().trim().replaceAll(port, "8080");
    said.push({ code: "start", where: `simulator ${run[0]}`, sentence });
  }
  return said;
}
