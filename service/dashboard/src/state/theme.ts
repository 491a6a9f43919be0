/** Light or dark: as the reader's system says, or as chosen by hand. The style sheet and the chart's colors follow it. */

import { useSyncExternalStore } from "react";

const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "studyhall-theme";
const query = window.matchMedia("(prefers-color-scheme: dark)");
const readers = new Set<() => void>();

function stored(): Theme {
  const found = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === found) ?? "system";
}

function isDark(): boolean {
  const theme = stored();
  return theme === "system" ? query.matches : theme === "dark";
}

/** Say it to the style sheet; before the first picture, so that no page flashes. */
export function applyTheme(): void {
  document.documentElement.dataset["theme"] = isDark() ? "dark" : "light";
  for (const tell of readers) tell();
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  applyTheme();
}

query.addEventListener("change", applyTheme);
window.addEventListener("storage", ({ key }) => key === KEY && applyTheme());

function subscribe(tell: () => void): () => void {
  readers.add(tell);
  return () => readers.delete(tell);
}

/** The theme behind this one, such that the first press away from the system's shows something. */
export function themeAfter(theme: Theme): Theme {
  const order: readonly Theme[] = query.matches ? ["system", "light", "dark"] : ["system", "dark", "light"];
  return order[(order.indexOf(theme) + 1) % order.length] ?? "system";
}

export function useDark(): boolean {
  return useSyncExternalStore(subscribe, isDark);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, stored);
}
