/** Finds the tool call that sent a request to the simulated cloud, and the state when the request left. */

import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** The channel on which undici announces each request, in the async context of its sender. */
const SENDING = "undici:request:create";

/** One storage for all senders, because each storage slows every promise of the process. */
const calls = new AsyncLocalStorage<{ senders: unknown; call: unknown }>();

export class Senders<Call, Seen> {
  /** Sent requests by method and raw URL, in order. */
  readonly #sent = new Map<string, { call: Call; seen: Seen }[]>();

  readonly close: () => void;

  /** Calls `see` when a request leaves. The caller must call `close`. */
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

  /** Removes and returns the oldest request with this method and raw URL. */
  take({ method, rawUrl }: { method: string; rawUrl: string }): { call: Call; seen: Seen } | undefined {
    return this.#sent.get(`${method} ${rawUrl}`)?.shift();
  }
}
