import type { ReactNode } from "react";
import { Link } from "wouter";
import type { StudyView } from "../../api/types";
import type { Column } from "../../format/columns";
import { useComparison, useRanking } from "../../state/queries";
import { useParameter } from "../../state/url/selection";
import { useBench } from "../../state/url/useBench";
import { ANSWER } from "./AnswerPanel";
import { ComparisonHeadline } from "./ComparisonHeadline";
import { ConfirmBests } from "./ConfirmBests";
import { Part } from "./Part";
import { RankingHeadline } from "./RankingHeadline";
import { ReferenceChoice } from "./ReferenceChoice";

interface Props {
  readonly study: StudyView;
  /** The choice whose levels are compared; null where none is. */
  readonly by: string | null;
  /** A number by which curves are grouped, and of which there is nothing to compare. */
  readonly byNumber: string | null;
  /** The choices of which it can be asked which level is better. */
  readonly choices: readonly Column[];
}

/** The answer in the words that are looked for first, and the button that would tell more; all of it stands below. */
export function ShortAnswer({ study, by, byNumber, choices }: Props) {
  const ranking = useRanking(study);
  const [{ reference }, onChange] = useBench();
  const comparison = useComparison([study], by, reference);
  if (by === null) {
    return (
      <ShortPanel judged={Boolean(ranking.data?.answer)}>
        {byNumber !== null && (
          <p className="muted">
            {byNumber} is a number: levels of a choice can be compared, and what a number does <Link href={`/studies/${encodeURIComponent(study.name)}/insight`}>Insight shows</Link>.
          </p>
        )}
        <Part title="Which trial is best?" busy={ranking.isFetching} error={ranking.error}>
          {ranking.data && <RankingHeadline study={study} ranking={ranking.data} />}
        </Part>
        {choices.length > 0 && (
          <p className="answer-asks">
            {choices.map(({ key, title }) => (
              <button key={key} type="button" className="link" onClick={() => onChange({ group: key })}>
                Which {title} is better?
              </button>
            ))}
          </p>
        )}
      </ShortPanel>
    );
  }
  return (
    <ShortPanel>
      <Part title={`Which ${by} is better?`} busy={comparison.isFetching} error={comparison.error}>
        {comparison.data && (
          <>
            <ReferenceChoice label="Compared with" comparison={comparison.data} chosen={reference} onChoose={(arm) => onChange({ reference: arm })} />
            <ComparisonHeadline comparison={comparison.data} />
            {comparison.data.notes.map((note) => <p key={note} className="muted answer-method">{note}.</p>)}
            <ConfirmBests key={by} study={study} tuned={comparison.data.tuned} seconds={ranking.data?.answer?.run_seconds ?? null} />
          </>
        )}
      </Part>
    </ShortPanel>
  );
}

/** Beside or above the chart, with a way to all that is said. */
export function ShortPanel({ judged = true, children }: { readonly judged?: boolean; readonly children: ReactNode }) {
  const [filter] = useParameter("filter");
  return (
    <section className="panel answer answer-short" aria-label="Short answer">
      {children}
      {filter && <p className="muted answer-method">Of all trials: the filter narrows curves and table, not what is judged.</p>}
      {judged && (
        <a className="answer-more" href={`#${ANSWER}`}>
          How this was judged
        </a>
      )}
    </section>
  );
}
