/** Calls about studies. */

import { client, dataOf } from "./client";
import type { RunningTrials, Schemas, StudyState } from "./types";

const PAGE = 50;
const MOST = 1000;

/** What is wanted of a study; with a stop, what becomes of its running trials. */
export type Wish = { readonly action: "pause" | "resume" | "delete" } | { readonly action: "stop"; readonly running: RunningTrials };

/** Which studies are listed; null leaves a condition out. */
export interface StudySearch {
  readonly filter: string | null;
  readonly state: readonly StudyState[] | null;
  /** Only the confirmations of this study, all at once. */
  readonly confirms?: string;
  /** Whether confirmations are listed too; without, only those whose study is not in the list. */
  readonly confirmations?: boolean;
}

export function listStudies(cursor: string | null, { state, ...search }: StudySearch) {
  const query = { limit: search.confirms ? MOST : PAGE, cursor, ...search, ...(state && { state: [...state] }) };
  return dataOf(client.GET("/api/v1/studies", { params: { query } }));
}

/** How the study's best value came about. */
export function getImprovements(study: string) {
  return dataOf(client.GET("/api/v1/studies/{study}/improvements", { params: { path: { study } } }));
}

/** Where the study is as one page that opens offline, grouped by a parameter whose levels are compared as on the page. */
export function reportUrl(study: string, asked: { readonly by: string; readonly reference?: string } | null): string {
  return `${studyUrl(study)}/report${asked === null ? "" : `?${new URLSearchParams(asked)}`}`;
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
