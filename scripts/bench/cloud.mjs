// The API of a measurement: the simulator, or with `fixed` a server that repeats the response to one path after `delayMs`.
import { createServer } from "node:http";
import { startSimulator } from "../simulator.mjs";

const { fixed, delayMs } = JSON.parse(process.argv[2] ?? "{}");
const simulator = await startSimulator({ rateLimit: 1_000_000_000 });
const { token } = simulator;

if (fixed) {
  const reply = await fetch(simulator.endpoint + fixed, { headers: { authorization: `Bearer ${token}` } });
  const [headers, body] = [Object.fromEntries(reply.headers), await reply.text()];
  await simulator.close();
  const server = createServer((_, response) => {
    const answer = () => response.writeHead(200, headers).end(body);
    if (delayMs) setTimeout(answer, delayMs);
    else answer();
  });
  server.listen(0, "127.0.0.1", () => {
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    announce(`http://127.0.0.1:${port}/v1`);
  });
} else {
  announce(simulator.endpoint);
}

/** @param {string} endpoint */
function announce(endpoint) {
  process.stdout.write(`${JSON.stringify({ endpoint, token })}\n`);
}
