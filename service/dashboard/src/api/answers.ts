/** Calls about what results say, and how certainly. */

import { ApiError, client, dataOf } from "./client";
import type { Comparison, Confirmation } from "./types";

/** Of so many of the best trials the panel tells the standing. */
const PLACES = 8;

export function getRanking(study: string) {
  return dataOf(client.GET("/api/v1/studies/{study}/ranking", { params: { path: { study }, query: { limit: PLACES } } }));
}

/** The levels of a choice, or whole studies where there is none, against one of them; against the first where none is named that there is. */
export async function compare(studies: readonly string[], by: string | null, reference: string | null): Promise<Comparison> {
  try {
    return await dataOf(client.GET("/api/v1/compare", { params: { query: { study: [...studies], by, reference } } }));
  } catch (error) {
    if (reference !== null && error instanceof ApiError && error.errors.some(({ path }) => path === "reference")) return compare(studies, by, null);
    throw error;
  }
}

/** Train the best trials once more with fresh seeds; answers with the study that does. */
export function confirmStudy(study: string, asked: Confirmation) {
  return dataOf(client.POST("/api/v1/studies/{study}:confirm", { params: { path: { study } }, body: asked }));
}
