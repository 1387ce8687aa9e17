/** Arguments and environment → config → client (or simulator) → serve on stdio; shuts down cleanly. */

import { createAudit } from "./call/audit.ts";
import { type Config, ConfigError, formatHelp, isDoctorCommand, readConfig } from "./config/options.ts";
import { createClient } from "./hcloud/client.ts";
import { createServer } from "./mcp/server.ts";
import { openStdout, StdioTransport } from "./mcp/stdio.ts";
import type { FaultRule } from "./simulator/faults.ts";
import type { Simulator } from "./simulator/http.ts";
import { VERSION } from "./version.ts";

/** What is still open at the end gets this many milliseconds to close. */
const GRACE_MS = 200;

export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  if (isDoctorCommand(argv)) return examine(() => readConfig(argv, env));
  try {
    const config = readConfig(argv, env);
    if (config.command === "help") process.stdout.write(formatHelp());
    else if (config.command === "version") process.stdout.write(`${VERSION}\n`);
    else if (config.command === "simulator") await simulate(config);
    else await serve(config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`hcloud-images-mcp: ${error.message}\n`);
    process.exitCode = 2;
  }
}

/** Ends with code 1 when something is wrong. */
async function examine(read: () => Config): Promise<void> {
  const { diagnose } = await import("./doctor.ts");
  let code = 0;
  for await (const { verdict, text } of diagnose(read)) {
    process.stdout.write(`${verdict.padEnd(4)}  ${text}\n`);
    if (verdict === "FAIL") code = 1;
  }
  // A look-up of a host name that hangs would keep the process alive.
  process.stdout.write("", () => process.exit(code));
}

async function simulate(config: Config): Promise<void> {
  const simulator = await startSimulator(config);
  const { endpoint, token } = simulator;
  exitOnceClosed(() => simulator.close());
  process.stdout.write(`${JSON.stringify({ endpoint, token })}\n`);
}

async function serve(config: Config): Promise<void> {
  for (const warning of config.warnings) process.stderr.write(`hcloud-images-mcp: ${warning}\n`);
  const simulator = config.demo ? await startSimulator(config) : undefined;
  const { endpoint, token } = simulator ?? config;
  const client = createClient({ endpoint, token, userAgent: `hcloud-images-mcp/${VERSION}` });
  const server = createServer({
    client,
    version: VERSION,
    readOnly: config.readOnly,
    demo: config.demo,
    context: config.context,
    audit: createAudit({
      file: config.auditFile,
      common: config.demo ? { demo: true } : {},
      tell: (line) => process.stderr.write(`${line}\n`),
    }),
  });
  const stdout = openStdout();
  const end = exitOnceClosed(() => Promise.allSettled([server.close(), client.close(), simulator?.close()]));

  server.onclose = end;
  for (const stream of [process.stdin, stdout]) {
    for (const event of ["end", "close", "error"]) stream.on(event, end);
  }
  // Nobody is left to be told when they are gone; reading and changing go on for whoever calls.
  process.stderr.on("error", () => undefined);
  await server.connect(new StdioTransport(process.stdin, stdout));
  if (process.stdin.isTTY) {
    process.stderr.write(
      "hcloud-images-mcp serves MCP on stdin and stdout: it is started by an MCP client. See --help.\n",
    );
  }
}

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
  const { parseFaults } = await import("./simulator/faults.ts");
  try {
    return parseFaults(text);
  } catch (error) {
    throw new ConfigError(`the file of --faults cannot be used: ${(error as Error).message}. See --help.`);
  }
}

/** Ends the process, with code 0, on a signal or when the returned function is first called. */
function exitOnceClosed(close: () => Promise<unknown>): () => void {
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(0), GRACE_MS);
    // Calls that were ended have by then written down what they did.
    void close().finally(() => setImmediate(() => process.exit(0)));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  return end;
}
