// Loaded into the server before its own code: on SIGUSR2, prints memory, timers, sockets and listeners to stderr as JSON.
import { getEventListeners } from "node:events";

/** Signals that had a listener. @type {Set<WeakRef<AbortSignal>>} */
let signals = new Set();

const { addEventListener } = EventTarget.prototype;
EventTarget.prototype.addEventListener = function (...args) {
  if (this instanceof AbortSignal) signals.add(new WeakRef(this));
  return Reflect.apply(addEventListener, this, args);
};

process.on("SIGUSR2", async () => {
  // Objects that one round frees can hold others until the next round.
  for (let i = 0; i < 3; i++) {
    signals = new Set([...signals].filter((signal) => signal.deref()));
    await new Promise(setImmediate);
    globalThis.gc?.();
  }
  const { heapUsed, rss } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  const count = (/** @type {string} */ type) => resources.filter((one) => one === type).length;
  process.stderr.write(
    `${JSON.stringify({
      heap: heapUsed,
      rss,
      timers: count("Timeout") + count("Immediate"),
      sockets: count("TCPSocketWrap") + count("TCPWRAP"),
      listeners:
        countListeners(process) +
        findHandles()
          .map(countListeners)
          .reduce((a, b) => a + b, 0) +
        countSignalListeners(),
    })}\n`,
  );
});

/** Returns the open sockets and pipes; only an undocumented API has them. @returns {import("node:events").EventEmitter[]} */
function findHandles() {
  return /** @type {any} */ (process)
    ._getActiveHandles()
    .filter((/** @type {any} */ handle) => typeof handle.eventNames === "function");
}

/** @param {import("node:events").EventEmitter} emitter */
function countListeners(emitter) {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}

/** Counts the listeners of the signals that are still reachable. */
function countSignalListeners() {
  const live = [...signals].flatMap((signal) => signal.deref() ?? []);
  return live.reduce((sum, signal) => sum + getEventListeners(signal, "abort").length, 0);
}
