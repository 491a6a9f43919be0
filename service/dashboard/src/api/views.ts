/** Calls about saved views. */

import { answered, client, dataOf, problem } from "./client";
import type { SavedView, Schemas, ViewDraft } from "./types";

export function listViews(study: string): Promise<readonly SavedView[]> {
  return dataOf(client.GET("/api/v1/studies/{study}/views", { params: { path: { study } } })).then(({ items }) => items);
}

export function saveView(study: string, view: ViewDraft) {
  return dataOf(client.POST("/api/v1/studies/{study}/views", { params: { path: { study } }, body: view }));
}

export function changeView(study: string, id: string, changes: Partial<ViewDraft>) {
  const body = changes as Schemas["ViewPatch"];  // made from a class whose fields all have a default
  return dataOf(client.PATCH("/api/v1/studies/{study}/views/{view}", { params: { path: { study, view: id } }, body }));
}

export async function deleteView(study: string, id: string): Promise<void> {
  const { error, response } = await answered(client.DELETE("/api/v1/studies/{study}/views/{view}", { params: { path: { study, view: id } } }));
  if (!response.ok) throw problem(response.status, error);
}
