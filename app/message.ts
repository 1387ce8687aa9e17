/** Messages from the page to the chat: words for the user, and the arguments of the call that the model must make. */

import { MAX_IDS, type Plan, sumSelected } from "./plan.ts";
import { listFirst, plural } from "./words.ts";

const DELETE_TOOL = "hcloud_delete_images";
const BIN_TOOL = "hcloud_bin_images";

export interface Choice {
  /** The message that deletes the images; null if the choice cannot be sent, or the operator's rules require the bin first. */
  message: string | null;
  /** The message that moves the images to the recycle bin; null also if they are in the bin already. */
  binMessage: string | null;
  problem?: string;
  /** What the model must know about the boxes before the user sends a message. */
  context: string;
}

/** Describes what the user chose; `kept` are ids of images that the plan would delete. */
export function describeChoice(plan: Plan, kept: ReadonlySet<number>): Choice {
  const { noun, confirm } = plan;
  const { images: count, gb } = sumSelected(plan, kept);
  if (confirm === undefined) return { message: null, binMessage: null, context: "" };
  const all = count + kept.size;
  if (count === 0) {
    const nothing = `Keep all ${plural(all, noun)} of the plan: delete nothing.`;
    return { message: null, binMessage: null, context: nothing };
  }
  const args = buildArguments(plan, kept, count);
  if (!args) {
    const problem = `At most ${MAX_IDS} images can be kept one by one. Ask the chat for a plan that keeps more.`;
    return {
      message: null,
      binMessage: null,
      problem,
      context: `The user wants to keep more than ${MAX_IDS} images: plan again.`,
    };
  }
  const exceptions = kept.size > 0 ? ` Keep ${plural(kept.size, noun)} of it: ${listFirst([...kept])}.` : "";
  const call = `${DELETE_TOOL} with ${JSON.stringify({ confirm, ...args, count })}`;
  const binCall = `${BIN_TOOL} with ${JSON.stringify({ plan: confirm, ...args, count })}`;
  const what = `${plural(count, noun)} of the plan (${gb.toFixed(2)} GB)`;
  const toBin = plan.isBinned ? "" : `; to move them to the recycle bin, call ${binCall}`;
  return {
    message: plan.isBinFirst ? null : `Delete ${what}, as chosen on its page.${exceptions}\nCall ${call}`,
    binMessage: plan.isBinned
      ? null
      : `Move ${what} to the recycle bin, as chosen on its page.${exceptions}\nCall ${binCall}`,
    context: `On the page of the plan, the user has chosen to ${plan.isBinFirst ? "bin" : "delete"} ${count} of ${all}, and has not agreed yet.${exceptions} Once they agree, ${plan.isBinFirst ? `call ${binCall}: the operator's rules allow deletion only from the bin` : `call ${call}${toBin}`}`,
  };
}

/** Returns the message that deletes nothing. */
export function describeKeepAll(plan: Plan): string {
  return `Keep all ${plural(sumSelected(plan, new Set()).images, plan.noun)} of the plan: delete nothing.`;
}

/** Returns arguments that name the chosen images; null if that takes more than {@link MAX_IDS} ids. */
function buildArguments({ items, hidden }: Plan, kept: ReadonlySet<number>, count: number): object | null {
  if (kept.size === 0) return {};
  if (kept.size <= MAX_IDS) return { except: [...kept] };
  if (count > MAX_IDS || hidden.to_delete > 0) return null;
  const left = items.filter(({ id, decision }) => decision === "delete" && !kept.has(id));
  return { ids: left.map(({ id }) => id) };
}
