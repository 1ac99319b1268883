/* The theme of the page: light, dark, or the system's. */

const dark = matchMedia("(prefers-color-scheme: dark)");

/* The theme in which the map is drawn: "auto" is that of the system. */
export const resolvedTheme = (theme) => (theme === "auto" ? (dark.matches ? "dark" : "light") : theme);

export function applyTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export const onSystemTheme = (listener) => dark.addEventListener("change", listener);
