/** Narrowing the catalogue by a word. */

import type { ComponentEntry, Kind } from "../../api/types";

/** The kinds with those components that the word is found in: names, aliases, summaries and sources. */
export function matching(kinds: readonly Kind[], query: string): Kind[] {
  const word = query.trim().toLowerCase();
  if (!word) return [...kinds];
  return kinds
    .map((kind) => ({ ...kind, components: kind.components.filter((component) => mentions(component, word)) }))
    .filter(({ components }) => components.length > 0);
}

function mentions({ name, aliases, summary, source }: ComponentEntry, word: string): boolean {
  return [name, name.replaceAll("_", " "), ...aliases, summary, source].some((text) => text.toLowerCase().includes(word));
}
