import { reportUrl } from "../../api/studies";
import type { StudyView } from "../../api/types";
import { useComparison } from "../../state/queries";
import { useBench } from "../../state/url/useBench";

interface Props {
  readonly study: StudyView;
  /** The parameter by which it is grouped; null leaves it to the report. */
  readonly by: string | null;
}

/** The study as a page of its own, grouped as the curves are, which compares levels with the one that the reader chose, if there is such a level. */
export function ReportLink({ study, by }: Props) {
  const [{ reference }] = useBench();
  const { data } = useComparison([study], reference === null ? null : by, reference);
  const isLevel = reference !== null && data?.arms.includes(reference);
  const asked = by === null ? null : { by, ...(isLevel && { reference }) };
  return (
    <a className="button" href={reportUrl(study.name, asked)} title={by === null ? undefined : `Grouped by ${by}, as the curves are`} download>
      Report
    </a>
  );
}
