/** Calls about studies. */

import { client, dataOf } from "./client";

const PAGE = 50;

export type StudyAction = "pause" | "resume" | "stop";

export function listStudies(cursor: string | null) {
  return dataOf(client.GET("/api/v1/studies", { params: { query: { limit: PAGE, cursor } } }));
}

export function getStudy(study: string) {
  return dataOf(client.GET("/api/v1/studies/{study}", { params: { path: { study } } }));
}

/** Say what is wanted of a study; the engine then works towards it. */
export function actOnStudy(study: string, action: StudyAction) {
  const options = { params: { path: { study } } };
  switch (action) {
    case "pause":
      return dataOf(client.POST("/api/v1/studies/{study}:pause", options));
    case "resume":
      return dataOf(client.POST("/api/v1/studies/{study}:resume", options));
    case "stop":
      return dataOf(client.POST("/api/v1/studies/{study}:stop", options));
  }
}

export function studyUrl(study: string): string {
  return `/api/v1/studies/${encodeURIComponent(study)}`;
}

/** The study's event stream, from the event behind `after` on; a study's version is the number of its last event. */
export function eventsUrl(study: string, after: number): string {
  return `${studyUrl(study)}/events?after=${after}`;
}
