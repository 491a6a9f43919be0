import type { StudyView } from "../../api/types";
import type { Subject } from "../../curves/groups/subject";
import { ShortAnswer } from "../answer/ShortAnswer";
import { useCompared } from "./useCompared";

/** The short answer to what the curves show. */
export function CurveShort({ study, subject }: { readonly study: StudyView; readonly subject: Subject }) {
  const { by, byNumber, choices } = useCompared(subject);
  return <ShortAnswer study={study} by={by} byNumber={byNumber} choices={choices} />;
}
