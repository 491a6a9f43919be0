/** Which studies are compared; they stand in the address. */

import { useCallback, useMemo } from "react";
import type { Fields } from "./address";
import { format, parse, texts } from "./address";
import { useSearchParams } from "./parameters";

interface Compared {
  readonly studies: readonly string[];
}

const FIELDS: Fields<Compared> = { studies: texts("s") };
/** So many studies the service compares at once. */
export const MOST_COMPARED = 20;

/** Their names or ids, each once. */
export function parseCompared(parameters: URLSearchParams): readonly string[] {
  return parse(FIELDS, parameters).studies.filter((name) => name !== "").slice(0, MOST_COMPARED);
}

export function formatCompared(studies: readonly string[], present?: URLSearchParams): URLSearchParams {
  return format(FIELDS, { studies: [...new Set(studies)] }, present);
}

export function compareUrl(studies: readonly string[]): string {
  return `/compare?${formatCompared(studies)}`;
}

/** The studies that the address holds, and how to change them; Back undoes a change. */
export function useCompared(): [readonly string[], (studies: readonly string[]) => void] {
  const [parameters, setParameters] = useSearchParams();
  const query = parameters.toString();
  const studies = useMemo(() => parseCompared(new URLSearchParams(query)), [query]);
  const set = useCallback((wanted: readonly string[]) => setParameters((present) => formatCompared(wanted, present)), [setParameters]);
  return [studies, set];
}
