/** The place where the page shows the result of a button; screen readers read it aloud. */

import { h } from "./dom.ts";

export interface Notice {
  element: HTMLElement;
  /** Shows `words`, and `text` for the user to copy by hand. */
  say(words: string, text?: string): void;
}

export function createNotice(): Notice {
  const status = h("p", { role: "status" });
  const text = h("textarea", { readonly: true, rows: 5, "aria-label": "Text to copy" });
  const element = h("div", { class: "notice" }, status);
  return {
    element,
    say(words, offered) {
      status.textContent = words;
      text.remove();
      if (offered === undefined) return;
      text.value = offered;
      element.append(text);
      text.select();
    },
  };
}
