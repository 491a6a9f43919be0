/** Calls about studies. */

import { client, dataOf } from "./client";
import type { RunningTrials, Schemas } from "./types";

const PAGE = 50;

/** What is wanted of a study; with a stop, what becomes of its running trials. */
export type Wish = { readonly action: "pause" | "resume" | "delete" } | { readonly action: "stop"; readonly running: RunningTrials };

export function listStudies(cursor: string | null) {
  return dataOf(client.GET("/api/v1/studies", { params: { query: { limit: PAGE, cursor } } }));
}

export function getStudy(study: string) {
  return dataOf(client.GET("/api/v1/studies/{study}", { params: { path: { study } } }));
}

export interface StudyChanges {
  readonly max_trials?: number | null;
  readonly max_concurrent_trials?: number;
  readonly priority?: number;
  readonly budget?: Readonly<Record<string, number>> | null;
  readonly notes?: string;
  readonly tags?: string[];
}

export function changeStudy(study: string, changes: StudyChanges) {
  const body = changes as Schemas["StudyPatch"];  // made from a class whose fields all have a default
  return dataOf(client.PATCH("/api/v1/studies/{study}", { params: { path: { study } }, body }));
}

/** Say what is wanted of a study; the engine then works towards it. */
export function askOfStudy(study: string, wish: Wish) {
  const options = { params: { path: { study } } };
  switch (wish.action) {
    case "pause":
      return dataOf(client.POST("/api/v1/studies/{study}:pause", options));
    case "resume":
      return dataOf(client.POST("/api/v1/studies/{study}:resume", options));
    case "stop":
      return dataOf(client.POST("/api/v1/studies/{study}:stop", { params: { path: { study }, query: { running: wish.running } } }));
    case "delete":
      return dataOf(client.DELETE("/api/v1/studies/{study}", options));
  }
}

export function studyUrl(study: string): string {
  return `/api/v1/studies/${encodeURIComponent(study)}`;
}
