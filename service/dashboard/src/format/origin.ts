/** From which code a study's numbers come, as people read it. */

import type { Provenance } from "../api/types";

const SHORT = 7;

/** The beginning of a hash, by which people tell hashes apart. */
export function shortHash(hash: string): string {
  return hash.slice(0, SHORT);
}

/** `nets at 1b2c3d4, changed since`, without the folders above. */
export function formatRepository({ folder, commit, dirty }: Provenance["git"][number]): string {
  const name = folder.split(/[\\/]/).at(-1) ?? folder;
  if (!commit) return `${name}, never committed`;
  return `${name} at ${shortHash(commit)}${dirty ? ", changed since" : ""}`;
}
