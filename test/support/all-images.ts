/** Projects of many images, and intercepts for the pages of their list. */

import type { Intercept, RecordedRequest } from "../../src/simulator/http.ts";
import { image } from "./simulated.ts";

/** Returns a project of `count` images with ids from 1, not in order. */
export const unorderedProject = (count: number) => {
  const images = Array.from({ length: count }, (_, i) => image(i + 1));
  return { images: [...images.filter(({ id }) => id % 3 === 0), ...images.filter(({ id }) => id % 3 !== 0)] };
};
export const idsUpTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
export const pageOf = ({ query }: RecordedRequest) => Number(new Map(query).get("page"));

/** Applies the fault to one page of the list. */
export function onPage(page: number, fault: Intercept): Intercept {
  return (request, ...rest) => (pageOf(request) === page ? fault(request, ...rest) : undefined);
}

/** Responds as the API does, with the body that `change` returns. */
export function changeBody(
  change: (body: { images: object[]; meta: { pagination: object } }) => object,
): Intercept {
  return (_, response, apply) => {
    const { status, headers, body } = apply();
    const answer = change(body as { images: object[]; meta: { pagination: object } });
    response.writeHead(status, headers).end(JSON.stringify(answer));
    return "handled";
  };
}
