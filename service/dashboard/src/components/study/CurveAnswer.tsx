import { useMemo } from "react";
import type { StudyView, Trial } from "../../api/types";
import { colorGroups } from "../../charts/coloring";
import { paletteOf } from "../../charts/colors";
import type { Member } from "../../curves/groups";
import { groupsOf } from "../../curves/groups";
import type { Column } from "../../format/columns";
import { useDark } from "../../state/theme";
import { AnswerPanel } from "../answer/AnswerPanel";

interface Props {
  readonly study: StudyView;
  readonly trials: readonly Trial[];
  readonly columns: readonly Column[];
  /** Key of the parameter by which curves are grouped. */
  readonly by: string | null;
  readonly onSelect: (trial: number) => void;
}

/** How the service names what the page shows as on and off. */
const LABELS: Readonly<Record<string, string>> = { True: "on", False: "off", None: "none" };

/** The answer to what the curves show: levels are compared where curves are grouped by a choice, in the curves' colors. */
export function CurveAnswer({ study, trials, columns, by, onSelect }: Props) {
  const palette = paletteOf(useDark());
  const members = useMemo<Member[]>(() => trials.map((trial) => ({ key: String(trial.number), study: study.name, trial })), [trials, study.name]);
  const column = columns.find(({ key }) => key === by);
  const grouping = useMemo(() => groupsOf(members, by, columns), [members, by, columns]);
  const colors = useMemo(() => {
    const { groups, paintOf } = colorGroups(grouping, palette);
    return new Map(groups.map((group) => [group.label, paintOf(group).color]));
  }, [grouping, palette]);
  const choice = column?.names.length === 1 && grouping.groups.length > 1 && grouping.groups.every(({ number }) => number === null) ? column.names[0] : null;
  return <AnswerPanel study={study} by={choice ?? null} colorOf={(arm) => colors.get(LABELS[arm] ?? arm) ?? null} onSelect={onSelect} />;
}
