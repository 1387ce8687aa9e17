/** Plans against `restic forget`, whose rules users know: on the same snapshots both delete the same ones. */

import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mapConcurrently } from "../../src/concurrency.ts";
import type { Image } from "../../src/hcloud/types.ts";
import { start } from "../support/answers.ts";
import { codeOf, column, PLAN, planOf } from "../support/cleanup.ts";
import { temporaryFolder } from "../support/folder.ts";
import type { Harness } from "../support/harness.ts";
import { snapshot } from "../support/random-images.ts";

const installed = spawnSync("restic", ["version"]).status === 0;

const SEED = 20261123;

/** Processes of restic at a time; each mostly waits for its lock. */
const MAX_PROCESSES = 6;

const DAY_MS = 86_400_000;
const FIRST = Date.parse("2024-11-01T00:00:00Z");

/** Ends of days, ISO weeks, months and years, and times with distances of whole days. */
const instant = fc.oneof(
  fc.constantFrom(
    ...["2024-12-29T23:59:59Z", "2024-12-30T00:00:00Z", "2024-12-31T23:59:59Z", "2025-01-01T00:00:00Z"],
    ...["2024-11-30T23:59:59Z", "2025-01-05T23:59:59Z", "2025-01-06T00:00:00Z", "2025-01-06T00:00:00Z"],
  ),
  fc
    .record({ day: fc.nat(120), second: fc.constantFrom(0, 0, 1, 43_200, 86_399) })
    .map(({ day, second }) => iso(FIRST + day * DAY_MS + second * 1000)),
);

const SERVERS = ["web-1", "web-2", "db-1"];

const images: Image[] = [
  ...fc.sample(
    fc.record({
      created: instant,
      server: fc.constantFrom(...SERVERS),
      architecture: fc.constantFrom("x86", "x86", "arm"),
    }),
    { seed: SEED, numRuns: 70 },
  ),
  // No window ends with an image of the future.
  { created: "2091-01-01T00:00:00Z", server: "web-2", architecture: "x86" },
  // Since 0.16, restic also keeps the oldest of a group while a count is not used up; we do not. Here both keep it by label.
  ...SERVERS.flatMap((server) =>
    ["x86", "arm"].map((architecture) => ({ created: "2024-10-05T00:00:00Z", server, architecture })),
  ),
].map(({ created, server, architecture }, i) =>
  snapshot(1000 + i, {
    created,
    architecture,
    created_from: { id: SERVERS.indexOf(server) + 1, name: server },
    // By its day, so that images of the same instant are equal.
    labels: created.slice(8, 10) === "05" ? { keep: "" } : {},
  }),
);

const hostOf = ({ created_from }: Image) => created_from?.name ?? "";

const count = (max: number) => fc.integer({ min: 1, max });

const policies = fc.sample(
  fc
    .record(
      {
        keep_last: count(6),
        keep_daily: count(20),
        keep_weekly: count(8),
        keep_monthly: count(6),
        keep_within_days: count(60),
      },
      { requiredKeys: [] },
    )
    .filter((policy) => Object.keys(policy).length > 0)
    .chain((policy) => fc.constantFrom("server", "none").map((group_by) => ({ ...policy, group_by }))),
  { seed: SEED, numRuns: 40 },
);

type Policy = (typeof policies)[number];

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(".000", "");
}

/** A repository with a snapshot for each image: the server is the host, the architecture the path. */
async function createRepository() {
  const folder = temporaryFolder();
  const env = {
    PATH: process.env["PATH"],
    TZ: "UTC",
    RESTIC_PASSWORD: "x",
    RESTIC_REPOSITORY: join(folder, "r"),
  };
  const restic = async (...args: string[]) =>
    (await promisify(execFile)("restic", ["--no-cache", "--quiet", ...args], { env, timeout: 60_000 }))
      .stdout;
  await restic("init");
  for (const architecture of ["x86", "arm"]) {
    mkdirSync(join(folder, architecture));
    writeFileSync(join(folder, architecture, "file"), architecture);
  }
  await mapConcurrently(images, MAX_PROCESSES, (image) => {
    const { created, architecture, labels } = image;
    const time = created.replace("T", " ").replace("Z", "");
    const tag = Object.keys(labels).map((label) => `--tag=${label}`);
    return restic("backup", `--time=${time}`, `--host=${hostOf(image)}`, ...tag, join(folder, architecture));
  });
  return restic;
}

/** What decides: restic keeps any of the snapshots of one instant, so they have one name. */
function nameOf(host: string, architecture: string, time: string, { group_by }: Policy): string {
  return `${group_by === "server" ? host : ""} ${architecture} ${time}`;
}

interface Snapshot {
  time: string;
  hostname: string;
  paths: string[];
}

async function deletedByRestic(restic: (...args: string[]) => Promise<string>, policy: Policy) {
  const { group_by, keep_within_days: days, ...counts } = policy;
  const options = Object.entries(counts).map(([argument, n]) => `--${argument.replace("_", "-")}=${n}`);
  if (days !== undefined) options.push(`--keep-within=${days}d`);
  const by = `--group-by=${group_by === "server" ? "host,paths" : "paths"}`;
  const stdout = await restic(
    "forget",
    "--dry-run",
    "--no-lock",
    "--json",
    "--keep-tag=keep",
    by,
    ...options,
  );
  const groups = JSON.parse(stdout) as { remove: Snapshot[] | null }[];
  return groups
    .flatMap(({ remove }) => remove ?? [])
    .map(({ hostname, paths: [path = ""], time }) => nameOf(hostname, basename(path), time, policy))
    .sort();
}

async function deletedByPlan({ call }: Harness, policy: Policy) {
  // By default we keep the newest of a group whatever the policy says.
  const allow_empty_groups = policy.keep_last === undefined;
  const answer = await call(PLAN, { ...policy, allow_empty_groups });
  const ids = column(planOf(answer), "id");
  for (let next = planOf(answer).next_page; next !== undefined; ) {
    const page = planOf(await call(PLAN, { plan: codeOf(answer), page: next }));
    ids.push(...column(page, "id"));
    next = page.next_page;
  }
  return images
    .filter(({ id }) => ids.includes(id))
    .map((image) => nameOf(hostOf(image), image.architecture, image.created, policy))
    .sort();
}

describe.skipIf(!installed)(`restic forget${installed ? "" : " (skipped: restic is not installed)"}`, () => {
  test("deletes the snapshots that a plan deletes", { timeout: 120_000 }, async () => {
    const restic = await createRepository();
    const expected = await mapConcurrently(policies, MAX_PROCESSES, (policy) =>
      deletedByRestic(restic, policy),
    );
    const harness = await start({ images });
    for (const [i, policy] of policies.entries()) {
      expect(await deletedByPlan(harness, policy), JSON.stringify(policy)).toEqual(expected[i]);
    }
    expect(expected.flat().length).toBeGreaterThan(images.length);
  });
});
