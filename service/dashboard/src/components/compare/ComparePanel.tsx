import { useMemo } from "react";
import type { StudyView, Trial } from "../../api/types";
import type { Line } from "../../curves/lines";
import { trialKey } from "../../curves/lines";
import { subjectOfSeveral } from "../../curves/groups/subject";
import { useParameter } from "../../state/url/selection";
import { useMatchingTrials } from "../../state/trials";
import { useBench } from "../../state/url/useBench";
import { CurveBench } from "../bench/CurveBench";
import { ComparedTrials } from "./ComparedTrials";
import { ComparisonAnswer, ComparisonShort } from "./ComparisonAnswer";

interface Props {
  readonly studies: readonly StudyView[];
  /** The trials of each study. */
  readonly trials: readonly (readonly Trial[])[];
}

const nothing = () => undefined;

/** The learning curves of several studies on one bench, where a click pins a trial, over the trials of each. */
export function ComparePanel({ studies, trials }: Props) {
  const subject = useMemo(() => subjectOfSeveral(studies, trials), [studies, trials]);
  const [{ pins }, onChange] = useBench();
  const [filter] = useParameter("filter");
  const [selected, select] = useParameter("trial");
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
      <CurveBench subject={subject} of={studies.length > 3 ? "comparison" : names.join("-")} selected={selected} chosen={chosen} onSelect={pin} onHover={nothing} short={<ComparisonShort subject={subject} />}>
        <ComparisonAnswer subject={subject} />
      </CurveBench>
      <ComparedTrials studies={studies} trials={trials} matching={matching} filterError={error} selected={selected} onSelect={select} />
    </>
  );
}
