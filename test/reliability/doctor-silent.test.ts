/** The doctor before a server that never answers: it waits as long as it does for a user. */

import { expect, test } from "vitest";
import { doctor, startServer, WRONG } from "../support/doctor.ts";

test("the doctor reports a server that never answers, after one request", async () => {
  let requests = 0;
  const endpoint = await startServer(() => requests++);
  const { code, lines } = await doctor([], { HCLOUD_TOKEN: WRONG, HCLOUD_ENDPOINT: endpoint });
  expect(lines.at(-1)).toMatch(/^FAIL {2}connection: .*\(timed_out\)/);
  expect(code).toBe(1);
  expect(requests).toBe(1);
});
