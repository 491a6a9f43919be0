/** Whether the reader's system asks for a dark page; the chart's colors follow it. */

import { useSyncExternalStore } from "react";

const query = window.matchMedia("(prefers-color-scheme: dark)");

function subscribe(onChange: () => void): () => void {
  query.addEventListener("change", onChange);
  return () => query.removeEventListener("change", onChange);
}

export function useDark(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches);
}
