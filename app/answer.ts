/** The user's answer to a plan: buttons that send it to the chat, one answer at a time. */

import type { Bridge } from "./bridge.ts";
import { button, h } from "./dom.ts";
import { describeChoice, describeKeepAll } from "./message.ts";
import type { Notice } from "./notice.ts";
import { type Plan, sumSelected } from "./plan.ts";
import { plural } from "./words.ts";

const ANSWER_NOTE = "This page itself changes nothing. A button sends your answer to the chat.";
const BIN_FIRST_NOTE = "The operator's rules allow deletion only from the bin.";

export interface Answer {
  elements: HTMLElement[];
  /** Updates the buttons after the boxes have changed: the user may then answer again. */
  refresh(): void;
}

interface Surroundings {
  /** Ticks all boxes. */
  keepAll(): void;
  notice: Notice;
  bridge: Bridge;
}

/** Renders the buttons; `kept` are ids of images that the plan would delete. */
export function renderAnswer(plan: Plan, kept: ReadonlySet<number>, around: Surroundings): Answer {
  const { noun, isBinned, isBinFirst } = plan;
  const { notice, bridge } = around;
  let state: "choosing" | "sending" | "sent" = "choosing";
  let last = 0;

  const enter = (next: typeof state) => {
    state = next;
    update();
  };
  const send = async (order: string, message: string | null) => {
    if (message === null) return;
    const number = ++last;
    enter("sending");
    notice.say("Sending…");
    const isAccepted = await sendToChat(message, bridge, () => {
      enter("sent");
      notice.say(
        "The chat has not answered yet. If your message does not appear in the chat, copy it and send it yourself:",
        message,
      );
    });
    if (isAccepted) {
      enter("sent");
      notice.say(`Sent to the chat: ${order}. This page itself has changed nothing.`);
    } else if (number === last) {
      enter("choosing");
      notice.say("The chat did not accept the message. Copy it and send it yourself:", message);
    }
  };
  const chosen = () => plural(sumSelected(plan, kept).images, noun);

  const remove = button("", () => void send(`delete ${chosen()}`, describeChoice(plan, kept).message), {
    class: "primary",
  });
  const bin = button(
    "",
    () => void send(`move ${chosen()} to the bin`, describeChoice(plan, kept).binMessage),
    { class: isBinFirst ? "primary" : "" },
  );
  const keepAll = button("Keep everything", () => {
    around.keepAll();
    void send(`keep all ${plural(kept.size + plan.hidden.to_delete, noun)}`, describeKeepAll(plan));
  });
  const refresh = () => {
    if (state !== "sending") notice.say("");
    enter(state === "sent" ? "choosing" : state);
  };
  const again = button("Choose again", refresh);
  const problem = h("p", { class: "quiet" });

  const update = () => {
    const { images } = sumSelected(plan, kept);
    const choice = describeChoice(plan, kept);
    const these = images === 1 ? "this one" : `these ${images}`;
    remove.textContent = images > 0 ? `Ask the chat to delete ${these}` : "Nothing to delete";
    bin.textContent = images > 0 ? `Ask the chat to bin ${these}` : "Nothing to bin";
    problem.textContent = choice.problem ?? "";
    const isClosed = state !== "choosing";
    remove.disabled = isClosed || choice.message === null;
    bin.disabled = isClosed || choice.binMessage === null;
    keepAll.disabled = isClosed;
    again.hidden = state !== "sent";
  };
  update();

  return {
    elements: [
      h("p", { class: "quiet" }, isBinFirst ? `${ANSWER_NOTE} ${BIN_FIRST_NOTE}` : ANSWER_NOTE),
      h("p", { class: "actions" }, !isBinFirst && remove, !isBinned && bin, keepAll, again),
      problem,
    ],
    refresh,
  };
}

/** Returns whether the chat accepted the message; calls `onSlow` if there is no response for a while. */
async function sendToChat(text: string, bridge: Bridge, onSlow: () => void): Promise<boolean> {
  const content = [{ type: "text", text }];
  try {
    const { isError } = await bridge.request("ui/message", { role: "user", content }, onSlow);
    return isError !== true;
  } catch {
    return false;
  }
}
