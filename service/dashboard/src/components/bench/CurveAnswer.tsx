import type { StudyView } from "../../api/types";
import type { Subject } from "../../curves/groups/subject";
import { AnswerPanel } from "../answer/AnswerPanel";
import { useCompared } from "./useCompared";

interface Props {
  readonly study: StudyView;
  readonly subject: Subject;
  readonly onSelect: (trial: number) => void;
}

/** How the service names what the page shows as on and off. */
const LABELS: Readonly<Record<string, string>> = { True: "on", False: "off", None: "none" };

/** The answer to what the curves show: levels are compared where curves are grouped by a choice, in the curves' colors. */
export function CurveAnswer({ study, subject, onSelect }: Props) {
  const { by, colorOf } = useCompared(subject);
  return <AnswerPanel study={study} by={by} colorOf={(arm) => colorOf(LABELS[arm] ?? arm)} onSelect={onSelect} />;
}
