/** The pages of a plan, read one after the other. */

import { expect } from "vitest";
import { byNumber, codeOf, column, PLAN, planOf } from "./cleanup.ts";
import type { Answer, Harness } from "./harness.ts";

/** Reads all pages of a plan; `first` is the result that contains the first page. */
export async function readAllPages({ call }: Harness, first: Answer): Promise<Answer[]> {
  const plan = codeOf(first);
  const pages = [first];
  for (let next = planOf(first).next_page; next !== undefined; ) {
    const answer = await call(PLAN, { plan, page: next });
    expect(planOf(answer).page).toBe(next);
    pages.push(answer);
    next = planOf(answer).next_page;
  }
  return pages;
}

export const idsOnPages = (pages: readonly Answer[]) =>
  pages.flatMap((page) => column(planOf(page), "id") as number[]).sort(byNumber);
