import { useMemo } from "react";
import { Link } from "wouter";
import { isGone } from "../api/client";
import type { StudyView } from "../api/types";
import { LiveMark } from "../components/basics/LiveMark";
import { Empty, ErrorNotice, Loading } from "../components/basics/Notice";
import { ComparedStudy } from "../components/compare/ComparedStudy";
import { ComparePanel } from "../components/compare/ComparePanel";
import { StudyChooser } from "../components/basics/StudyChooser";
import { ViewsMenu } from "../components/views/ViewsMenu";
import { hasEnded } from "../format/states";
import { useCompared } from "../state/url/comparing";
import { useLive } from "../state/live/live";
import { useNamedStudies, useTrialsOf } from "../state/queries";
import { useTitle } from "../state/title";

/** Several studies side by side; which ones, and all that is chosen of their curves, stands in the address. */
export function ComparePage() {
  useTitle("Compare studies");
  const [names, compare] = useCompared();
  const found = useNamedStudies(names);
  const studies = useMemo(() => present(found.map(({ data, error }) => (isGone(error) ? undefined : data))), [found]);
  const pending = found.some(({ data, error }) => !data && !error);
  return (
    <>
      <header className="list-head">
        <h1>Compare studies</h1>
        <StudyChooser taken={studies.map(({ name }) => name)} onAdd={(name) => compare([...names, name])} />
      </header>
      {names.length > 0 && (
        <ul className="compared" aria-label="Compared studies">
          {names.map((name, place) => (
            <ComparedStudy key={name} name={name} study={found[place]?.data} error={found[place]?.error ?? null} onRemove={() => compare(names.filter((other) => other !== name))} />
          ))}
        </ul>
      )}
      {studies[0] && studies.length > 1 && (
        <div className="compare-views">
          <ViewsMenu study={studies[0].name} tab="compare" />
        </div>
      )}
      {studies.length > 1 ? <Compared studies={studies} /> : pending ? <Loading what="the studies" /> : <TooFew n={studies.length} />}
    </>
  );
}

/** The studies that are there; one that is named twice, by its name and by its id, counts once. */
function present(found: readonly (StudyView | undefined)[]): StudyView[] {
  return [...new Map(found.flatMap((study) => (study ? [[study.id, study] as const] : []))).values()];
}

function Compared({ studies }: { readonly studies: readonly StudyView[] }) {
  const connection = useLive(studies);
  const found = useTrialsOf(studies.map(({ name }) => name));
  const trials = useMemo(() => found.map(({ data }) => data ?? []), [found]);
  const failure = found.find(({ error }) => error && !isGone(error))?.error;
  if (failure) return <ErrorNotice error={failure} />;
  if (found.some(({ data }) => !data)) return <Loading what="the trials" />;
  return (
    <div className="study-main study-compare">
      <LiveMark connection={connection} ended={studies.every(({ state }) => hasEnded(state))} />
      <ComparePanel studies={studies} trials={trials} />
    </div>
  );
}

function TooFew({ n }: { readonly n: number }) {
  return (
    <Empty title={n === 0 ? "Which studies are to be compared?" : "One more study"}>
      <p>
        {n === 0 ? "Name two or more above, or mark them in the " : "It takes two: name another above, or mark both in the "}
        <Link href="/studies">list of studies</Link>. Their learning curves are drawn together, and what can be said of the difference stands beside them.
      </p>
    </Empty>
  );
}
