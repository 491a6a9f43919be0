import { useMemo } from "react";
import type { StudyView } from "../../api/types";
import { groupsOf } from "../../curves/groups/groups";
import type { Subject } from "../../curves/groups/subject";
import { useBench } from "../../state/url/useBench";
import { AnswerPanel } from "../answer/AnswerPanel";
import { useGroupColors } from "./useGroupColors";

interface Props {
  readonly study: StudyView;
  readonly subject: Subject;
  readonly onSelect: (trial: number) => void;
}

/** How the service names what the page shows as on and off. */
const LABELS: Readonly<Record<string, string>> = { True: "on", False: "off", None: "none" };

/** The answer to what the curves show: levels are compared where curves are grouped by a choice, in the curves' colors. */
export function CurveAnswer({ study, subject: { members, columns }, onSelect }: Props) {
  const [{ group: by }] = useBench();
  const column = columns.find(({ key }) => key === by);
  const grouping = useMemo(() => groupsOf(members, by, columns), [members, by, columns]);
  const colorOf = useGroupColors(grouping);
  const choice = column?.names.length === 1 && grouping.groups.length > 1 && grouping.groups.every(({ number }) => number === null) ? column.names[0] : null;
  return <AnswerPanel study={study} by={choice ?? null} colorOf={(arm) => colorOf(LABELS[arm] ?? arm)} onSelect={onSelect} />;
}
