/** Calls about trials. */

import { client, dataOf } from "./client";
import type { Schemas, Trial } from "./types";

const PAGE = 1000;

export type TrialAction = "cancel" | "retry" | "exclude" | "include";

export interface Annotation {
  readonly notes?: string;
  readonly tags?: string[];
}

/** Every trial of a study, page by page. */
export async function allTrials(study: string): Promise<Trial[]> {
  const trials: Trial[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: Trial[]; next_cursor?: string | null } = await dataOf(
      client.GET("/api/v1/studies/{study}/trials", { params: { path: { study }, query: { limit: PAGE, cursor } } }),
    );
    trials.push(...page.items);
    cursor = page.next_cursor ?? null;
  } while (cursor !== null);
  return trials;
}

/** The trials of these numbers. */
export async function getTrials(study: string, numbers: readonly number[]): Promise<Trial[]> {
  const query = { limit: PAGE, number: [...numbers] };
  return (await dataOf(client.GET("/api/v1/studies/{study}/trials", { params: { path: { study }, query } }))).items;
}

/** The numbers of the trials that a filter chooses. */
export async function matchingTrials(study: string, filter: string, signal: AbortSignal): Promise<readonly number[]> {
  const options = { params: { path: { study }, query: { filter } }, signal };
  return (await dataOf(client.GET("/api/v1/studies/{study}/trial-numbers", options))).items;
}

export function getTrial(study: string, number: number) {
  return dataOf(client.GET("/api/v1/studies/{study}/trials/{number}", { params: { path: { study, number } } }));
}

/** Say what is wanted of a trial; the engine does it, and the answer says what is so now. */
export function askOfTrial(study: string, number: number, action: TrialAction) {
  const options = { params: { path: { study, number } } };
  switch (action) {
    case "cancel":
      return dataOf(client.POST("/api/v1/studies/{study}/trials/{number}:cancel", options));
    case "retry":
      return dataOf(client.POST("/api/v1/studies/{study}/trials/{number}:retry", { params: { ...options.params, query: { wait: 5 } } }));
    case "exclude":
      return dataOf(client.POST("/api/v1/studies/{study}/trials/{number}:exclude", options));
    case "include":
      return dataOf(client.POST("/api/v1/studies/{study}/trials/{number}:include", options));
  }
}

export function annotateTrial(study: string, number: number, changes: Annotation) {
  const body = changes as Schemas["TrialPatch"];  // made from a class whose fields all have a default
  return dataOf(client.PATCH("/api/v1/studies/{study}/trials/{number}", { params: { path: { study, number } }, body }));
}

/** What the curves of one metric came to, run by run. */
export function getSummaries(study: string, metric: string, signal: AbortSignal) {
  return dataOf(client.GET("/api/v1/studies/{study}/summaries", { params: { path: { study }, query: { metric } }, signal }));
}
