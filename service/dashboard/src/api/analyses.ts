/** Calls about what a study's trials tell of its parameters; each but the front goes by one of its objectives. */

import { client, dataOf } from "./client";

/** Trials in a picture of parallel axes; more make no legible one. */
const LINES = 2000;

export function getImportances(study: string, objective: string) {
  return dataOf(client.GET("/api/v1/studies/{study}/importances", { params: { path: { study }, query: { objective } } }));
}

export function getEffects(study: string, objective: string) {
  return dataOf(client.GET("/api/v1/studies/{study}/effects", { params: { path: { study }, query: { objective } } }));
}

/** What trials came to by two parameters together: the one across, and the one upwards. */
export function getContour(study: string, objective: string, parameters: readonly [string, string]) {
  return dataOf(client.GET("/api/v1/studies/{study}/contour", { params: { path: { study }, query: { objective, parameter: [...parameters] } } }));
}

export function getParallel(study: string, objective: string) {
  return dataOf(client.GET("/api/v1/studies/{study}/parallel", { params: { path: { study }, query: { objective, limit: LINES } } }));
}

export function getPareto(study: string) {
  return dataOf(client.GET("/api/v1/studies/{study}/pareto", { params: { path: { study } } }));
}
