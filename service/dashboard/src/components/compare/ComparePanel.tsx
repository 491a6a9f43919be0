import { useMemo } from "react";
import type { StudyView, Trial } from "../../api/types";
import type { Line } from "../../curves/lines";
import { trialKey } from "../../curves/lines";
import { subjectOfSeveral } from "../../curves/subject";
import { useParameter } from "../../state/selection";
import { useMatchingTrials } from "../../state/trials";
import { useBench } from "../../state/useBench";
import { CurveBench } from "../bench/CurveBench";
import { FilterBox } from "../trials/FilterBox";
import { ComparisonAnswer } from "./ComparisonAnswer";

interface Props {
  readonly studies: readonly StudyView[];
  /** The trials of each study. */
  readonly trials: readonly (readonly Trial[])[];
}

const nothing = () => undefined;

/** The learning curves of several studies on one bench; a click pins a trial. */
export function ComparePanel({ studies, trials }: Props) {
  const subject = useMemo(() => subjectOfSeveral(studies, trials), [studies, trials]);
  const [{ pins }, onChange] = useBench();
  const [filter] = useParameter("filter");
  const names = studies.map(({ name }) => name);
  const { matching, error } = useMatchingTrials(names, filter);
  const key = names.join();
  const chosen = useMemo(
    () => matching && new Set(key.split(",").flatMap((study, place) => Array.from(matching[place] ?? [], (number) => trialKey(number, study)))),
    [matching, key],
  );
  const pin = ({ trial }: Line) => onChange({ pins: pins.includes(trial) ? pins.filter((other) => other !== trial) : [...pins, trial] });
  return (
    <>
      <FilterBox studies={names} error={error} names={subject.columns.slice(1).map((column) => column.key)} />
      <CurveBench subject={subject} of={studies.length > 3 ? "comparison" : names.join("-")} selected={null} chosen={chosen} onSelect={pin} onHover={nothing}>
        <ComparisonAnswer subject={subject} />
      </CurveBench>
    </>
  );
}
