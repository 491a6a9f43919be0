/** Calls with a definition, which is sent as the YAML that it is written in. */

import { answered, problem } from "./client";
import type { Preview, StudyView } from "./types";

export function validate(text: string, signal: AbortSignal): Promise<Preview> {
  return send<Preview>("/api/v1/studies:validate", text, { signal });
}

/** Submit a study; with the same key it is made once, however often it is sent. */
export function submit(text: string, key: string): Promise<StudyView> {
  return send<StudyView>("/api/v1/studies", text, { headers: { "Idempotency-Key": key } });
}

async function send<T>(url: string, body: string, options: RequestInit): Promise<T> {
  const headers = { "Content-Type": "application/yaml", ...options.headers };
  const response = await answered(fetch(url, { ...options, method: "POST", body, headers }));
  const found: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problem(response.status, found);
  return found as T;
}
