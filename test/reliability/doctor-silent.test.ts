/** The doctor before a server that never answers: it waits as long as it does for a user. */

import { expect, test } from "vitest";
import { runDoctor, startHttpServer, UNKNOWN_TOKEN } from "../support/doctor.ts";

test("doctor reports a server that never answers, after one request", async () => {
  let requests = 0;
  const endpoint = await startHttpServer(() => requests++);
  const { code, lines } = await runDoctor([], { HCLOUD_TOKEN: UNKNOWN_TOKEN, HCLOUD_ENDPOINT: endpoint });
  expect(lines.at(-1)).toMatch(/^FAIL {2}connection: .*\(timed_out\)/);
  expect(code).toBe(1);
  expect(requests).toBe(1);
});
