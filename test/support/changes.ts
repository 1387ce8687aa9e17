/** The three changes of an image (PUT, DELETE, POST), and faults that hit them. */

import type { Outcome } from "../../src/hcloud/change.ts";
import type { ChangeGuards, ImagesApi } from "../../src/hcloud/images.ts";
import type { Image } from "../../src/hcloud/types.ts";
import type { Intercept, Simulator } from "../../src/simulator/http.ts";
import { answerAsGateway, cut, lost, refuseWith } from "./cloud.ts";
import { image } from "./simulated.ts";

const BEFORE = image(1, { labels: { env: "dev", keep: "" } });
const AFTER = { description: "new", labels: { env: "prod" } };

/** A project whose actions end immediately, so that reads show a changed protection. */
export const PROJECT = { images: [BEFORE, image(2), image(3)], actionMs: 0 };

export interface ChangeKind {
  what: string;
  method: "PUT" | "DELETE" | "POST";
  run(api: ImagesApi, guards?: ChangeGuards): Promise<Outcome<unknown>>;
  /** The outcome's value if the response was lost and a read showed the change. */
  valueIfRead: unknown;
  isDone(simulator: Simulator): boolean;
  /** Makes the change in the cloud, as a request that takes effect late. */
  takeEffect(simulator: Simulator): void;
}

const set = ({ state }: Simulator, members: Partial<Image>) => {
  const now = state.images.get(1);
  if (now) state.images.set(1, { ...now, ...members });
};

/** Changes a member that none of the three changes touches. */
export const changeByOther = (simulator: Simulator) => set(simulator, { created_from: null });

/** Guards that reject the change unless the image is as it was at first. */
export const IF_UNCHANGED: ChangeGuards = {
  mismatch: ({ description, labels, protection, created_from }) => {
    const [now, before] = [{ description, labels, protection, created_from }, BEFORE];
    const isSame = Object.entries(now).every(
      ([key, value]) => JSON.stringify(value) === JSON.stringify(before[key as keyof Image]),
    );
    return isSame ? null : new ChangedError();
  },
};

export class ChangedError extends Error {}

export const CHANGE_KINDS: ChangeKind[] = [
  {
    what: "an update",
    method: "PUT",
    run: (api, guards = IF_UNCHANGED) => api.updateImage(1, AFTER, guards),
    valueIfRead: { image: AFTER, before: { description: "image 1", labels: { env: "dev", keep: "" } } },
    isDone: ({ state }) => state.images.get(1)?.description === "new",
    takeEffect: (simulator) => set(simulator, AFTER),
  },
  {
    what: "a deletion",
    method: "DELETE",
    run: (api, guards = IF_UNCHANGED) => api.deleteImage(1, guards),
    valueIfRead: { id: 1, labels: { env: "dev", keep: "" } },
    isDone: ({ state }) => !state.images.has(1),
    takeEffect: ({ state }) => void state.images.delete(1),
  },
  {
    what: "a change of protection",
    method: "POST",
    run: (api, guards = IF_UNCHANGED) => api.changeImageProtection(1, { delete: true }, guards),
    valueIfRead: null,
    isDone: ({ state }) => state.images.get(1)?.protection.delete === true,
    takeEffect: (simulator) => set(simulator, { protection: { delete: true } }),
  },
];

type Fault = [what: string, fault: Intercept, code: string];

/** Faults after which a change is sent again if a read shows that the change was not made. */
export const RETRIED_FAULTS: Fault[] = [
  ["is lost", lost, "connection_lost"],
  ["is cut", cut, "connection_lost"],
  ["is a gateway's 502", answerAsGateway(502), "bad_gateway"],
  ["is a gateway's 504", answerAsGateway(504), "timeout"],
  ["is a gateway's 409", answerAsGateway(409), "conflict"],
  ["is a gateway's 429", answerAsGateway(429), "rate_limit_exceeded"],
  ["is the API's bad_gateway", refuseWith(502, "bad_gateway"), "bad_gateway"],
  ["is the API's timeout", refuseWith(504, "timeout"), "timeout"],
];

/** Faults after which a change is never sent again. */
export const FINAL_FAULTS: Fault[] = [
  ["is a 500", answerAsGateway(500), "server_error"],
  ["is a 503", answerAsGateway(503), "unavailable"],
  ["is the API's server_error", refuseWith(500, "server_error"), "server_error"],
  ["is the API's unavailable", refuseWith(503, "unavailable"), "unavailable"],
  ["is a page", answerAsGateway(200), "malformed_reply"],
  ["is empty", answerAsGateway(200, ""), "malformed_reply"],
  ["is a page's 404", answerAsGateway(404), "http_404"],
  ["is a page's 403", answerAsGateway(403), "forbidden"],
];

/** Applies fault number n to change number n (from 1); all other requests reach the API. */
export function onChanges(...faults: (Intercept | undefined)[]): Intercept {
  let changes = 0;
  return (request, ...rest) => {
    if (request.method === "GET") return undefined;
    return faults[changes++]?.(request, ...rest);
  };
}

/** Applies `change` to changes, and `fault` to reads after the first change. */
export function onReadsAfter(change: Intercept, fault: Intercept): Intercept {
  let changes = 0;
  return (request, ...rest) => {
    if (request.method !== "GET") {
      changes++;
      return change(request, ...rest);
    }
    return changes > 0 ? fault(request, ...rest) : undefined;
  };
}

/** Returns the methods of all requests in order. */
export const methodsOf = ({ requests }: Simulator) => requests.map(({ method }) => method);
