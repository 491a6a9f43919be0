/** Whether the service has refused this browser for want of its token; signing in is then all that can be done. */

import { useSyncExternalStore } from "react";
import { ApiError } from "../api/client";

const readers = new Set<() => void>();
let wanted = false;

function set(value: boolean): void {
  wanted = value;
  for (const tell of readers) tell();
}

/** Look at an error of any call. */
export function noteRefusal(error: Error): void {
  if (error instanceof ApiError && error.status === 401) set(true);
}

export function noteSignIn(): void {
  set(false);
}

function subscribe(tell: () => void): () => void {
  readers.add(tell);
  return () => readers.delete(tell);
}

export function useTokenWanted(): boolean {
  return useSyncExternalStore(subscribe, () => wanted);
}
