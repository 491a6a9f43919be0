/** Saved views: names for what the address holds. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { changeView, deleteView, listViews, saveView } from "../api/views";
import type { SavedView, ViewDraft, ViewTab } from "../api/types";
import { inOrder } from "./url/parameters";

/** What is wanted of the views of a study. */
export type ViewWish =
  | { readonly action: "save"; readonly view: ViewDraft }
  | { readonly action: "change"; readonly id: string; readonly changes: Partial<ViewDraft> }
  | { readonly action: "delete"; readonly id: string };

/** The study's views; those that colleagues saved are asked for with each look. */
export function useViews(study: string) {
  return useQuery({ queryKey: ["views", study], queryFn: () => listViews(study) });
}

export function useViewWishes(study: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (wish: ViewWish): Promise<void> => {
      if (wish.action === "save") await saveView(study, wish.view);
      else if (wish.action === "change") await changeView(study, wish.id, wish.changes);
      else await deleteView(study, wish.id);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["views", study] }),
  });
}

/** Where a view is on the page. */
export function viewUrl(study: string, { tab, query }: Pick<SavedView, "tab" | "query">): string {
  const place = tab === "compare" ? "/compare" : `/studies/${encodeURIComponent(study)}/${tab}`;
  return query === "" ? place : `${place}?${query}`;
}

/** The view that shows what the address says, in whatever order it says it. */
export function viewAt(views: readonly SavedView[], tab: ViewTab, query: string): SavedView | undefined {
  const here = inOrder(query);
  return views.find((view) => view.tab === tab && inOrder(view.query) === here);
}
