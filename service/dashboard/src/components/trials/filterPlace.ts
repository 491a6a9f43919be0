/** Index of the character that a refusal of a filter speaks of; null where it speaks of none. */
export function placeOf(message: string): number | null {
  const found = /at character (\d+)/.exec(message);
  return found ? Number(found[1]) - 1 : null;
}
