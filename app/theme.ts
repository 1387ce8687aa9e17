/** Applies the host's theme, CSS variables and fonts to the page. */

import type { HostContext } from "./bridge.ts";

export function applyTheme({ theme, styles }: HostContext): void {
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.style.colorScheme = theme;
  for (const [name, value] of Object.entries(styles?.variables ?? {})) {
    if (name.startsWith("--") && value !== undefined) root.style.setProperty(name, value);
  }
  const fonts = styles?.css?.fonts;
  if (fonts === undefined) return;
  const style = document.getElementById("fonts") ?? document.createElement("style");
  style.id = "fonts";
  style.textContent = fonts;
  document.head.append(style);
}
