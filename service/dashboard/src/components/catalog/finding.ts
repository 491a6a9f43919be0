/** Narrowing the catalog by a word. */

import type { Entry, Family } from "./families";

/** The families with those entries that the word is found in: names, aliases, summaries and sources. */
export function matching(families: readonly Family[], query: string): Family[] {
  const word = query.trim().toLowerCase();
  if (!word) return [...families];
  return families
    .map((family) => ({ ...family, entries: family.entries.filter((entry) => mentions(entry, word)) }))
    .filter(({ entries }) => entries.length > 0);
}

function mentions({ name, summary, words }: Entry, word: string): boolean {
  return [name, name.replace(/[_-]/g, " "), summary, ...words].some((text) => text.toLowerCase().includes(word));
}
