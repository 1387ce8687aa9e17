/** From arguments and environment to a running command: the MCP server on stdio, the doctor, the simulator. */

import { createAudit } from "./call/audit.ts";
import { type Config, ConfigError, formatHelp, isDoctorCommand, readConfig } from "./config/options.ts";
import { createClient } from "./hcloud/client.ts";
import { createServer } from "./mcp/server.ts";
import { openStdout, StdioTransport } from "./mcp/stdio.ts";
import type { FaultRule } from "./simulator/faults.ts";
import type { Simulator } from "./simulator/http.ts";
import { VERSION } from "./version.ts";

/** How long connections and calls may take to close at the end, in ms. */
const GRACE_MS = 200;

export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  if (isDoctorCommand(argv)) return runDoctor(() => readConfig(argv, env));
  try {
    const config = readConfig(argv, env);
    if (config.command === "serve") return await serve(config);
    exitOnceUnread();
    if (config.command === "help") process.stdout.write(formatHelp());
    else if (config.command === "version") process.stdout.write(`${VERSION}\n`);
    else await runSimulator(config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`hcloud-images-mcp: ${error.message}\n`);
    process.exitCode = 2;
  }
}

/** Ends the process with code 1 when it has found something wrong. */
async function runDoctor(read: () => Config): Promise<void> {
  exitOnceUnread();
  const { diagnose } = await import("./doctor.ts");
  for await (const { verdict, text } of diagnose(read)) {
    if (verdict === "FAIL") process.exitCode = 1;
    process.stdout.write(`${verdict.padEnd(4)}  ${text}\n`);
  }
  // A DNS lookup that hangs would keep the process alive.
  process.stdout.write("", () => process.exit());
}

/** Ends the process without a word when nobody reads stdout any more, as in `doctor | head -1`. */
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
  // A client that closes stderr can still call tools.
  process.stderr.on("error", () => undefined);
  for (const warning of config.warnings) process.stderr.write(`hcloud-images-mcp: ${warning}\n`);
  const simulator = config.demo ? await startSimulator(config) : undefined;
  const { endpoint, token } = simulator ?? config;
  const tell = (text: string) => process.stderr.write(`${text}\n`);
  const client = createClient({ endpoint, token, userAgent: `hcloud-images-mcp/${VERSION}` });
  const server = createServer({
    client,
    version: VERSION,
    readOnly: config.readOnly,
    demo: config.demo,
    context: config.context,
    confirm: config.confirm,
    audit: createAudit({
      file: config.auditFile,
      common: config.demo ? { demo: true } : {},
      tell,
    }),
    onInternalError: tell,
  });
  const stdout = openStdout();
  const end = exitOnceClosed(() => Promise.allSettled([server.close(), client.close(), simulator?.close()]));

  server.onclose = end;
  for (const stream of [process.stdin, stdout]) {
    // The last line on stdin is answered first.
    for (const event of ["end", "close", "error"]) stream.on(event, () => setImmediate(end));
  }
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

/** Ends the process with code 0 on a signal, or when the returned function is first called. */
function exitOnceClosed(close: () => Promise<unknown>): () => void {
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(0), GRACE_MS);
    // The calls that `close` ends write their audit lines first.
    void close().finally(() => setImmediate(() => process.exit(0)));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  return end;
}
