/** Runs the command that arguments and environment choose: the MCP server on stdio, the doctor, the simulator. */

import { fileURLToPath } from "node:url";
import { formatHelp } from "./config/option-table.ts";
import { type Config, ConfigError, isDoctorCommand, readConfig } from "./config/options.ts";
import { createGreeting } from "./mcp/greeting.ts";
import { type Line, Lines, openStdout } from "./mcp/lines.ts";
import { answerInitialize, createRefusal } from "./mcp/opening.ts";
import type { FaultRule } from "./simulator/faults.ts";
import type { Simulator } from "./simulator/http.ts";
import { VERSION } from "./version.ts";

/** The time that connections and calls may take to close before the process ends, in ms. */
const GRACE_MS = 200;

const PACKAGE_FOLDER = fileURLToPath(new URL("..", import.meta.url));

const NOT_LOADED =
  "The server could not load all of its files (internal_error). Nothing was sent. Install hcloud-images-mcp again, then restart it.";

/** Runs the command; `argv` is without the program's name. Sets the exit code 2 for wrong settings. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  if (isDoctorCommand(argv)) return runDoctor(() => tryConfig(argv, env));
  try {
    const config = readConfig(argv, env);
    if (config.command === "serve") return await serve(config);
    exitOnceUnread();
    if (config.command === "help") process.stdout.write(formatHelp(PACKAGE_FOLDER));
    else if (config.command === "version") process.stdout.write(`${VERSION}\n`);
    else await runSimulator(config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`hcloud-images-mcp: ${error.message}\n`);
    process.exitCode = 2;
  }
}

/** Returns the settings, or what is wrong with them. */
function tryConfig(argv: readonly string[], env: NodeJS.ProcessEnv): Config | string {
  try {
    return readConfig(argv, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** Prints one line for each finding. The exit code is 1 after a failure, otherwise 0. */
async function runDoctor(read: () => Config | string): Promise<void> {
  exitOnceUnread();
  const { diagnoseSettings } = await import("./commands.ts");
  for await (const { verdict, text } of diagnoseSettings(read)) {
    if (verdict === "FAIL") process.exitCode = 1;
    process.stdout.write(`${verdict.padEnd(4)}  ${text}\n`);
  }
  // A DNS lookup that hangs would keep the process alive.
  process.stdout.write("", () => process.exit());
}

/** Ends the process without an error when the reader of stdout has gone, as in `doctor | head -1`. */
function exitOnceUnread(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

async function runSimulator(config: Config): Promise<void> {
  const simulator = await startSimulator(config);
  const { endpoint, token } = simulator;
  exitOnceClosed(() => simulator.close());
  process.stdout.write(
    process.stdout.isTTY
      ? `export HCLOUD_ENDPOINT=${endpoint}\nexport HCLOUD_TOKEN=${token}\n`
      : `${JSON.stringify({ endpoint, token })}\n`,
  );
}

async function serve(config: Config): Promise<void> {
  // An MCP client that has closed stderr can still call tools.
  process.stderr.on("error", () => undefined);
  for (const warning of config.warnings) log(warning);
  const stdout = openStdout();
  const lines = new Lines(process.stdin, stdout);
  let server: { close(): Promise<unknown> } | undefined;
  let opened: Promise<void> | undefined;
  const end = exitOnceClosed(async () => server?.close());
  for (const stream of [process.stdin, stdout]) {
    // The server first answers the last line on stdin.
    for (const event of ["end", "close", "error"]) {
      stream.on(event, () => void Promise.resolve(opened).then(() => setImmediate(end)));
    }
  }
  lines.read((first) => {
    opened = open(first);
  });
  if (process.stdin.isTTY) log("serves MCP on stdin and stdout. Start it from an MCP client. See --help.");

  /** Answers `initialize` immediately, then loads the server that answers all other requests. */
  async function open(first: Line): Promise<void> {
    lines.hold(first);
    try {
      const rules = config.rulesFile === null ? null : await introduceRules(config);
      const opening = answerInitialize(
        first,
        createGreeting({ ...config, version: VERSION, describeRules: () => rules }),
      );
      if (opening) {
        lines.hold();
        await lines.write(JSON.stringify(opening.answer));
      }
      const { serve } = await import("./commands.ts");
      server = await serve(config, lines, opening?.client);
    } catch (error) {
      log(`${NOT_LOADED}\n${(error as Error).stack}`);
      lines.read((line) => {
        const refusal = createRefusal(line, NOT_LOADED);
        if (refusal) void lines.write(JSON.stringify(refusal));
      });
    }
  }
}

/** Returns the sentence on the operator's rules for `instructions`; the answer to `initialize` waits for that sentence. */
async function introduceRules(config: Config): Promise<string | null> {
  const { introduceRules } = await import("./commands.ts");
  return introduceRules(config);
}

const log = (text: string) => process.stderr.write(`hcloud-images-mcp: ${text}\n`);

async function startSimulator({ port, faults }: Config): Promise<Simulator> {
  const { startSimulator } = await import("./simulator/http.ts");
  const rules = faults === null ? [] : await readFaults(faults);
  try {
    return await startSimulator({ port, faults: rules });
  } catch (error) {
    throw new ConfigError(`the simulator cannot listen on port ${port}: ${(error as Error).message}`);
  }
}

async function readFaults(text: string): Promise<FaultRule[]> {
  const { parseFaults } = await import("./commands.ts");
  try {
    return parseFaults(text);
  } catch (error) {
    throw new ConfigError(`the file of --faults cannot be used: ${(error as Error).message}. See --help.`);
  }
}

/** Ends the process with code 0 on a signal, or when the returned function is first called. */
function exitOnceClosed(close: () => Promise<unknown>): () => void {
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(0), GRACE_MS);
    // Calls that `close` ends still write their audit lines.
    void close().finally(() => setImmediate(() => process.exit(0)));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  return end;
}
