/** Functions that create elements. All text enters the page as text nodes: nothing is parsed as HTML. */

type Child = Node | string | number | null | undefined | false;
type Props = Record<string, string | number | boolean | ((event: Event) => void)>;

const SVG = "http://www.w3.org/2000/svg";

/** Creates an HTML element. A function becomes an event listener, true an empty attribute, false none. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), props, children);
}

/** Creates an SVG element, as {@link h} does for HTML. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill<E extends Element>(element: E, props: Props, children: Child[]): E {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child || child === 0) element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/** Isolates untrusted text, which must not change the direction of the text beside it. */
export function untrusted(text: string, otherwise = ""): HTMLElement {
  return h("bdi", {}, text || otherwise);
}

export function button(label: string, act: () => void, props: Props = {}): HTMLButtonElement {
  return h("button", { type: "button", click: act, ...props }, label);
}
