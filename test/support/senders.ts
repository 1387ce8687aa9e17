/** Tells which call of a tool sent a request that arrives at the simulated cloud, and what was true when the request left. */

import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** Where undici tells of each request, in the context of whoever sends it. */
const SENDING = "undici:request:create";

/** One for all: each of them makes every promise of the process slower. */
const calls = new AsyncLocalStorage<{ senders: unknown; call: unknown }>();

export class Senders<Call, Seen> {
  /** By method and raw URL, in the order in which they were sent. */
  readonly #sent = new Map<string, { call: Call; seen: Seen }[]>();

  readonly close: () => void;

  /** `see` is asked when a request leaves. To be closed. */
  constructor(see: () => Seen) {
    const onSending = (message: unknown) => {
      const { request } = message as { request: { method: string; path: string } };
      const store = calls.getStore();
      if (store?.senders !== this) return;
      const call = store.call as Call;
      const key = `${request.method} ${request.path}`;
      this.#sent.set(key, [...(this.#sent.get(key) ?? []), { call, seen: see() }]);
    };
    subscribe(SENDING, onSending);
    this.close = () => unsubscribe(SENDING, onSending);
  }

  run<T>(call: Call, work: () => Promise<T>): Promise<T> {
    return calls.run({ senders: this, call }, work);
  }

  /** Of the first request with this method and raw URL that nobody asked for yet. */
  take({ method, rawUrl }: { method: string; rawUrl: string }): { call: Call; seen: Seen } | undefined {
    return this.#sent.get(`${method} ${rawUrl}`)?.shift();
  }
}
