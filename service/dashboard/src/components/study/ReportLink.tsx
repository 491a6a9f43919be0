import { reportUrl } from "../../api/studies";
import { useBench } from "../../state/url/useBench";

interface Props {
  readonly study: string;
  /** The parameter by which it is grouped; null leaves it to the report. */
  readonly by: string | null;
}

/** The study as a page of its own, grouped as the curves are, which compares levels with the one that the reader chose. */
export function ReportLink({ study, by }: Props) {
  const [{ reference }] = useBench();
  const asked = by === null ? null : { by, ...(reference !== null && { reference }) };
  return (
    <a className="button" href={reportUrl(study, asked)} title={by === null ? undefined : `Grouped by ${by}, as the curves are`} download>
      Report
    </a>
  );
}
