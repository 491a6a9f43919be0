import { useMemo, useState } from "react";
import { Link } from "wouter";
import { Empty, ErrorNotice, Loading } from "../components/basics/Notice";
import { FirstStudy } from "../components/studies/FirstStudy";
import { searchOf } from "../components/studies/searching";
import { StudyRow } from "../components/studies/StudyRow";
import { StudySearch } from "../components/studies/StudySearch";
import { compareUrl } from "../state/url/comparing";
import { useStudies } from "../state/queries";
import { useParameter } from "../state/url/selection";
import { useTitle } from "../state/title";

/** The studies, newest first. */
export function StudiesPage() {
  useTitle("Studies");
  const [query] = useParameter("q");
  const [states] = useParameter("states");
  const search = useMemo(() => ({ ...searchOf(query, states), confirmations: false }), [query, states]);
  const { data, error, fetchNextPage, hasNextPage, isFetchingNextPage, refetch } = useStudies(search);
  const studies = data?.pages.flatMap((page) => page.items);
  const [marked, setMarked] = useState<readonly string[]>([]);
  const mark = (name: string, wanted: boolean) => setMarked(wanted ? [...marked, name] : marked.filter((other) => other !== name));
  const searched = query !== null || states !== null;
  if (!studies && !searched) return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <Loading what="the studies" />;
  if (studies?.length === 0 && !searched) return <FirstStudy />;
  return (
    <>
      <header className="list-head">
        <h1>Studies</h1>
        <StudySearch />
        {marked.length > 0 && (
          <Link href={compareUrl(marked)} className="button">
            {marked.length === 1 ? "Compare with…" : `Compare ${marked.length} studies`}
          </Link>
        )}
        <Link href="/studies/new" className="button primary">
          New study
        </Link>
      </header>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {studies?.length === 0 && (
        <Empty title="No study is like that">
          <p>Look for a part of its name, a tag or its experiment, or leave the states out.</p>
        </Empty>
      )}
      {studies && studies.length > 0 && (
        <ul className="study-list">
          {studies.map((study) => (
            <StudyRow key={study.id} study={study} marked={marked} onMark={mark} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <button type="button" className="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {isFetchingNextPage ? "Loading…" : "Show older studies"}
        </button>
      )}
    </>
  );
}
