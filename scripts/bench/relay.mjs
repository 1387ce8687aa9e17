// The least that a server on stdio can do: one request for each line, and its JSON as the response.
import { Agent } from "undici";

const { HCLOUD_ENDPOINT = "", HCLOUD_TOKEN = "" } = process.env;
// As many connections as the server has.
const agent = new Agent({ connections: 16 });
const { origin, pathname } = new URL(HCLOUD_ENDPOINT);
const path = pathname + process.argv[2];
const headers = {
  authorization: `Bearer ${HCLOUD_TOKEN}`,
  accept: "application/json",
  "user-agent": "bench",
};

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
  const { body } = await agent.request({ origin, path, method: "GET", headers });
  process.stdout.write(`${JSON.stringify({ result: await body.json(), jsonrpc: "2.0", id })}\n`);
}
