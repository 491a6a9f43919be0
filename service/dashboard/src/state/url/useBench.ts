import { useCallback, useMemo } from "react";
import type { BenchView } from "./bench";
import { changed, formatBench, parseBench } from "./bench";
import { useSearchParams } from "./parameters";

/** Change some of the view. A change that goes on, as of a slider, is no step that Back would undo. */
export type ChangeBench = (change: Partial<BenchView>, going?: boolean) => void;

/** The view that the address holds, and how to change it; Back undoes a change. */
export function useBench(): [BenchView, ChangeBench] {
  const [parameters, setParameters] = useSearchParams();
  const query = formatBench(parseBench(parameters)).toString();  // what the table has in the address redraws no curve
  const view = useMemo(() => parseBench(new URLSearchParams(query)), [query]);
  const change = useCallback<ChangeBench>(
    (wanted, going = false) =>
      setParameters((present) => formatBench(changed(parseBench(present), wanted), present), { replace: going }),
    [setParameters],
  );
  return [view, change];
}
