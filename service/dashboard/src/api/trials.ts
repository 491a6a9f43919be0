/** Calls about trials. */

import { client, dataOf } from "./client";
import type { Trial } from "./types";

const PAGE = 500;

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

export function getTrial(study: string, number: number) {
  return dataOf(client.GET("/api/v1/studies/{study}/trials/{number}", { params: { path: { study, number } } }));
}
