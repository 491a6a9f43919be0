/** Calls about what a study's trials tell of its parameters. */

import { client, dataOf } from "./client";

/** Trials in a picture of parallel axes; more make no legible one. */
const LINES = 2000;

export function getImportances(study: string) {
  return dataOf(client.GET("/api/v1/studies/{study}/importances", { params: { path: { study } } }));
}

export function getEffects(study: string) {
  return dataOf(client.GET("/api/v1/studies/{study}/effects", { params: { path: { study } } }));
}

export function getParallel(study: string) {
  return dataOf(client.GET("/api/v1/studies/{study}/parallel", { params: { path: { study }, query: { limit: LINES } } }));
}

export function getPareto(study: string) {
  return dataOf(client.GET("/api/v1/studies/{study}/pareto", { params: { path: { study } } }));
}
