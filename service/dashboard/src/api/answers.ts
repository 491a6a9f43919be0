/** Calls about what results say, and how certainly. */

import { client, dataOf } from "./client";
import type { Confirmation } from "./types";

/** Of so many of the best trials the panel tells the standing. */
const PLACES = 8;

export function getRanking(study: string) {
  return dataOf(client.GET("/api/v1/studies/{study}/ranking", { params: { path: { study }, query: { limit: PLACES } } }));
}

/** The levels of a choice against each other, or whole studies where there is no choice. */
export function compare(studies: readonly string[], by: string | null) {
  return dataOf(client.GET("/api/v1/compare", { params: { query: { study: [...studies], by } } }));
}

/** Train the best trials once more with fresh seeds; answers with the study that does. */
export function confirmStudy(study: string, asked: Confirmation) {
  return dataOf(client.POST("/api/v1/studies/{study}:confirm", { params: { path: { study } }, body: asked }));
}
