/** Calls about the catalog: components, experiments, named spaces and ready-made studies. */

import { client, dataOf } from "./client";

/** A curve of so many points shows every step of most runs. */
const POINTS = 1000;

export interface PreviewedRun {
  readonly epochs: number;
  readonly steps_per_epoch: number;
}

export function getCatalog() {
  return dataOf(client.GET("/api/v1/catalog"));
}

export function getComponent(kind: string, name: string) {
  return dataOf(client.GET("/api/v1/catalog/{kind}/{name}", { params: { path: { kind, name } } }));
}

export function getExperiment(name: string) {
  return dataOf(client.GET("/api/v1/experiments/{name}", { params: { path: { name } } }));
}

export function getSpace(name: string) {
  return dataOf(client.GET("/api/v1/search-spaces/{name}", { params: { path: { name } } }));
}

export function getReadyMadeStudy(name: string) {
  return dataOf(client.GET("/api/v1/ready-made-studies/{name}", { params: { path: { name } } }));
}

/** The curve of a schedule with these fields over a run; nothing is trained. */
export function previewSchedule(schedule: Record<string, unknown>, run: PreviewedRun, signal: AbortSignal) {
  const body = { schedule, ...run, points: POINTS, history: null };
  return dataOf(client.POST("/api/v1/schedules:preview", { body, signal }));
}
