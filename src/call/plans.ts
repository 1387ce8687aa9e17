/** What the codes for many images stand for: kept by the server, so that no agent has to repeat hundreds of ids. */

import type { Image } from "../hcloud/types.ts";
import type { PlanPage } from "../view/plan.ts";
import { type ConfirmationCodes, digest, type Issued } from "./confirmation-codes.ts";

/** Ids of images, and the digest of each as it was shown. */
export type Covered = ReadonlyMap<number, string>;

export interface Plan {
  covered: Covered;
  /** Ids that the preview named as staying: they may be repeated with the code, and stay. */
  stays?: ReadonlySet<number>;
  /** Of each image of a plan, the newest that stays of its group: when that is gone, the image stays too. */
  keepers?: ReadonlyMap<number, number>;
  /** What a plan looks like, page by page; a preview has none. */
  pages?: readonly PlanPage[];
}

/** Plans kept at the same time; one that is used up or has expired makes room, or else the oldest. */
const MAX_PLANS = 20;

const TOOL = "hcloud_delete_images";

export class Plans {
  readonly #gate: ConfirmationCodes;
  readonly #plans = new Map<string, Plan>();

  constructor(gate: ConfirmationCodes) {
    this.#gate = gate;
  }

  issue(plan: Plan): Issued {
    const issued = this.#gate.issue(bound(plan));
    this.#plans.set(issued.confirm, plan);
    if (this.#plans.size > MAX_PLANS) {
      const codes = [...this.#plans.keys()];
      this.#plans.delete(codes.find((code) => this.#gate.isSpent(code)) ?? codes[0] ?? "");
    }
    return issued;
  }

  /** The plan behind a code, or why there is none. */
  find(code: string): Plan | string {
    const plan = this.#plans.get(code);
    if (!plan) return "This code does not stand for a list of images, or is no longer kept.";
    return this.#gate.check(code, bound(plan)) ?? plan;
  }

  /** Uses the code up; null, or why it is refused. */
  redeem(code: string, plan: Plan): string | null {
    return this.#gate.redeem(code, bound(plan));
  }
}

/** What a plan covers of these images. */
export function cover(images: readonly Image[]): Covered {
  return new Map(images.map((image) => [image.id, digest(image)]));
}

function bound({ covered }: Plan) {
  return { tool: TOOL, input: [...covered.keys()], state: [...covered.values()] };
}
