/** From what was typed to what the server is asked for. */

import type { StudySearch } from "../../api/studies";

export const STATE_GROUPS = ["all", "active", "ended"] as const;
export type StateGroup = (typeof STATE_GROUPS)[number];

const OPERATOR = /[=<>~]|\bin\s*\(/;

/** Text with an operator is a filter; other text is looked for in names, tags, experiments and notes. */
export function searchOf(query: string | null, states: string | null): StudySearch {
  const text = query?.trim().replaceAll('"', "") ?? "";
  const filter = text === "" ? null : OPERATOR.test(text) ? (query ?? "").trim() : `name ~ "${text}" or tags = "${text}" or experiment ~ "${text}" or notes ~ "${text}"`;
  if (states === "active") return { filter, state: ["QUEUED", "RUNNING", "PAUSED"] };
  return { filter, state: states === "ended" ? ["COMPLETED", "STOPPED", "FAILED"] : null };
}
