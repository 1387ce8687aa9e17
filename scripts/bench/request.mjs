// The request without the server: made directly, and (run as a command) as the least that a server on stdio can do.
import { fileURLToPath } from "node:url";
import { Agent } from "undici";

/**
 * A function that makes the same request as the server does, over as many connections, and reads the answer's JSON.
 * @param {string} endpoint
 * @param {string} token
 * @param {string} path
 */
export function requester(endpoint, token, path) {
  const agent = new Agent({ connections: 16 });
  const { origin, pathname } = new URL(endpoint);
  const headers = { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": "bench" };
  return async () => {
    const { body } = await agent.request({ origin, path: pathname + path, method: "GET", headers });
    return body.json();
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { HCLOUD_ENDPOINT = "", HCLOUD_TOKEN = "" } = process.env;
  const request = requester(HCLOUD_ENDPOINT, HCLOUD_TOKEN, process.argv[2] ?? "");
  let text = "";
  process.stdin.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) void answer(JSON.parse(line).id);
  });
  process.stdin.on("end", () => process.exit());

  /** @param {number} id */
  async function answer(id) {
    const result = await request();
    process.stdout.write(`${JSON.stringify({ result, jsonrpc: "2.0", id })}\n`);
  }
}
