/** Calls about studies. */

import { client, dataOf } from "./client";
import type { RunningTrials } from "./types";

const PAGE = 50;

/** What is wanted of a study; with a stop, what becomes of its running trials. */
export type Wish = { readonly action: "pause" | "resume" | "delete" } | { readonly action: "stop"; readonly running: RunningTrials };

export function listStudies(cursor: string | null) {
  return dataOf(client.GET("/api/v1/studies", { params: { query: { limit: PAGE, cursor } } }));
}

export function getStudy(study: string) {
  return dataOf(client.GET("/api/v1/studies/{study}", { params: { path: { study } } }));
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

/** The study's event stream, from the event behind `after` on; a study's version is the number of its last event. */
export function eventsUrl(study: string, after: number): string {
  return `${studyUrl(study)}/events?after=${after}`;
}
