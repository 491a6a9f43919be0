import { useMemo } from "react";
import { Link } from "wouter";
import { stringify } from "yaml";
import { ApiError } from "../../api/client";
import type { StudyView } from "../../api/types";
import { useStudy } from "../../state/queries";
import { ErrorNotice, Loading } from "../basics/Notice";
import { TextDiff } from "../basics/TextDiff";

interface Props {
  readonly study: StudyView;
  /** The name of the other one. */
  readonly against: string;
}

/** What differs between two studies' definitions, with their spaces as they were meant when they were submitted. */
export function DefinitionDiff({ study, against }: Props) {
  const { data: other, error, refetch } = useStudy(against);
  const [before, after] = useMemo(() => [other && expandedYaml(other), expandedYaml(study)], [other, study]);
  if (error instanceof ApiError && error.status === 404) return <p className="notice notice-warning">There is no study “{against}”.</p>;
  if (before === undefined) return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <Loading what="the other definition" />;
  return (
    <>
      <p className="muted">
        Against <Link href={`/studies/${encodeURIComponent(against)}/config`}>{against}</Link>, both with their spaces written out.
      </p>
      <TextDiff before={before} after={after} names={[against, study.name]} />
    </>
  );
}

function expandedYaml({ definition, expanded_space }: StudyView): string {
  return stringify({ ...definition, space: expanded_space });
}
