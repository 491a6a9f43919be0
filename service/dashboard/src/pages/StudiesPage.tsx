import { FirstStudy } from "../components/studies/FirstStudy";
import { StudyRow } from "../components/studies/StudyRow";
import { ErrorNotice, Loading } from "../components/basics/Notice";
import { useStudies } from "../state/queries";
import { useTitle } from "../state/title";

/** All studies, newest first. */
export function StudiesPage() {
  useTitle("Studies");
  const { data, error, fetchNextPage, hasNextPage, isFetchingNextPage, refetch } = useStudies();
  const studies = data?.pages.flatMap((page) => page.items);
  if (!studies) return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <Loading what="the studies" />;
  return (
    <>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {studies.length === 0 ? (
        <FirstStudy />
      ) : (
        <>
          <h1>Studies</h1>
          <ul className="study-list">
            {studies.map((study) => (
              <StudyRow key={study.id} study={study} />
            ))}
          </ul>
        </>
      )}
      {hasNextPage && (
        <button type="button" className="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {isFetchingNextPage ? "Loading…" : "Show older studies"}
        </button>
      )}
    </>
  );
}
