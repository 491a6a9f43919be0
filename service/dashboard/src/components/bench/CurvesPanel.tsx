import { useEffect, useMemo } from "react";
import type { StudyView, Trial } from "../../api/types";
import type { Line } from "../../curves/lines";
import { trialKey } from "../../curves/lines";
import { withDeclared } from "../../curves/groups/declared";
import { membersOf, subjectOf } from "../../curves/groups/subject";
import type { Column } from "../../format/columns";
import { hover } from "../../state/hovered";
import type { Select } from "../../state/url/selection";
import { CurveAnswer } from "./CurveAnswer";
import { CurveBench } from "./CurveBench";
import { CurveShort } from "./CurveShort";

interface Props {
  readonly study: StudyView;
  readonly trials: readonly Trial[];
  readonly columns: readonly Column[];
  readonly selected: number | null;
  /** The trials that the filter chooses; null without a filter. */
  readonly matching: ReadonlySet<number> | null;
  readonly onSelect: Select;
}

/** The learning curves of a study, and beside them what they come to. */
export function CurvesPanel({ study, trials, columns, selected, matching, onSelect }: Props) {
  const members = useMemo(() => membersOf(study.name, trials), [study.name, trials]);
  const { expanded_space: space } = study;  // which stays, so that a study that goes on regroups nothing
  const declared = useMemo(() => withDeclared(columns, [space]), [columns, space]);
  const subject = useMemo(() => subjectOf(study, members, declared), [study, members, declared]);
  const chosen = useMemo(() => matching && new Set(Array.from(matching, (trial) => trialKey(trial))), [matching]);
  useEffect(() => () => hover(null), []);
  const select = ({ id, trial, replicate }: Line) => {
    const number = Number(trial);
    onSelect(number === selected ? null : number, number !== selected && replicate > 0 ? id : null);
  };
  return (
    <CurveBench
      subject={subject}
      of={study.name}
      selected={selected === null ? null : trialKey(selected)}
      chosen={chosen}
      onSelect={select}
      onHover={showRow}
      short={<CurveShort subject={subject} study={study} />}
    >
      <CurveAnswer subject={subject} study={study} onSelect={onSelect} />
    </CurveBench>
  );
}

function showRow(trial: string | null): void {
  hover(trial === null ? null : Number(trial));
}
