/** The search parameters of the page's address. wouter's own hook decodes them twice, which a literal `%` does not outlive. */

import { useMemo } from "react";
import { navigate, useSearch } from "wouter/use-browser-location";

type Change = (present: URLSearchParams) => URLSearchParams;

/** The parameters, and how to change them: each change is a step that Back undoes, unless it replaces the last one. What changes nothing is none. */
export function useSearchParams(): [URLSearchParams, typeof changeParameters] {
  const search = useSearch();
  return [useMemo(() => new URLSearchParams(search), [search]), changeParameters];
}

function changeParameters(change: Change, { replace = false }: { readonly replace?: boolean } = {}): void {
  const query = change(new URLSearchParams(location.search)).toString();
  if (inOrder(query) === inOrder(location.search)) return;
  navigate(query === "" ? location.pathname : `${location.pathname}?${query}`, { replace });
}

/** Parameters by name; those of one name in the order that they have. */
export function inOrder(query: string): string {
  const parameters = new URLSearchParams(query);
  parameters.sort();
  return parameters.toString();
}
