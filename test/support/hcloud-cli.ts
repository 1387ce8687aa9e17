/** The `hcloud` command, as Debian packages it, against a simulated project. */

import { execFile, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const isInstalled = spawnSync("hcloud", ["version"]).status === 0;

export interface CliResult {
  code: number;
  /** What was printed, and what was complained about. */
  stdout: string;
  stderr: string;
}

/** Runs `hcloud image` with these arguments. */
export function runHcloudImage(
  { endpoint }: { endpoint: string },
  token: string,
  args: readonly string[],
): Promise<CliResult> {
  const env = {
    PATH: process.env["PATH"],
    TZ: "UTC",
    HCLOUD_ENDPOINT: endpoint,
    HCLOUD_TOKEN: token,
    HCLOUD_CONFIG: join(tmpdir(), "no-such-folder", "cli.toml"),
  };
  return new Promise((resolve) => {
    execFile("hcloud", ["image", ...args], { env, timeout: 15_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

/** The first column of a table without its head. */
export const firstColumn = (stdout: string) => stdout.match(/^\d+/gm)?.map(Number);
