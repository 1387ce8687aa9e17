/** The official `hcloud` command with a simulated project. */

import { execFile, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const isInstalled = spawnSync("hcloud", ["version"]).status === 0;

export interface CliResult {
  code: number;
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

/** Returns the ids in the first column of a table. */
export const firstColumn = (stdout: string) => stdout.match(/^\d+/gm)?.map(Number);
