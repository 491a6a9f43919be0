/** The trial whose curve is under the pointer. Only its row hears of it: a move of the pointer renders no page anew. */

import { useSyncExternalStore } from "react";

let hovered: number | null = null;
const listeners = new Set<() => void>();

export function hover(trial: number | null): void {
  if (trial === hovered) return;
  hovered = trial;
  listeners.forEach((listener) => listener());
}

export function useIsHovered(trial: number): boolean {
  return useSyncExternalStore(subscribe, () => hovered === trial);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
