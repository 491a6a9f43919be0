import { reportUrl } from "../../api/studies";
import { groupKey } from "../../curves/groups/groups";
import type { Column } from "../../format/columns";
import { useBench } from "../../state/url/useBench";

interface Props {
  readonly study: string;
  readonly columns: readonly Column[];
}

/** The study as a page of its own, which compares levels with the one that the reader chose. */
export function ReportLink({ study, columns }: Props) {
  const [{ group, reference }] = useBench();
  const key = groupKey(group, columns);
  const [by] = columns.find((column) => column.key === key)?.names ?? [];
  return (
    <a className="button" href={reportUrl(study, by === undefined || reference === null ? null : { by, reference })} download>
      Report
    </a>
  );
}
