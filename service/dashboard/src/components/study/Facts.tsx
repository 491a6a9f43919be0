import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Study, StudyView } from "../../api/types";
import { confirmedBest } from "../../format/answers";
import { formatLook, formatSpread, formatTested, formatUnits } from "../../format/replicates";
import { formatDuration, TRAINING } from "../../format/times";
import { useRanking } from "../../state/queries";
import { Age, Elapsed } from "../basics/Clock";
import { Measured } from "../basics/Measured";

interface Props {
  readonly study: StudyView;
  readonly onSelectTrial: (trial: number) => void;
}

/** The few facts about a study that are looked at most. */
export function Facts({ study, onSelectTrial }: Props) {
  const { best, objectives, test_result: test } = study;
  const several = objectives.length > 1;
  return (
    <dl className="facts">
      <Fact name={study.confirms ? "Best of these runs" : "Best in the search"} strong>
        {several ? (
          <Link href={`/studies/${encodeURIComponent(study.name)}/insight`} title="By several objectives no single trial is the best">
            Pareto set
          </Link>
        ) : (
          <span className="number best-value">
            <Measured value={best?.value} replicates={best?.replicates} />
          </span>
        )}
        {best && (
          <button type="button" className="link" onClick={() => onSelectTrial(best.trial)}>
            trial {best.trial}
          </button>
        )}
        {study.confirmations.length > 0 && <ConfirmedBest study={study} onSelectTrial={onSelectTrial} />}
      </Fact>
      <Fact name={several ? "Objectives" : "Objective"}>
        {objectives.map(({ direction, metric }) => (
          <span key={metric} className="fact-part">
            {direction} {metric}
          </span>
        ))}
      </Fact>
      {test && (
        <Fact name="Best on the test split">
          {Object.entries(test.metrics).map(([metric, value]) => (
            <span key={metric} className="fact-part">
              {metric.replace(/^test_/, "")} <span className="number">{formatSpread(value, test.std[metric])}</span>
            </span>
          ))}
          {test.n > 0 && (
            <span className="muted" title={test.runs.length > 1 ? "± is the sample standard deviation over the runs of the best trial" : undefined}>
              {formatTested(test)}
            </span>
          )}
          {formatLook(test) && (
            <span className="muted" title="Which look at this test split it was: who chooses by what he sees there is told more than new data would say">
              {formatLook(test)}
            </span>
          )}
          {test.reason && <span className="muted">not measured: {test.reason}</span>}
        </Fact>
      )}
      <Fact name="Search">
        {named(study.sampler)} · {named(study.pruner) === "none" ? "no pruning" : named(study.pruner)}
      </Fact>
      <Duration study={study} />
    </dl>
  );
}

/** What new runs have found: the best value of a search is too good, because it was chosen. */
function ConfirmedBest({ study, onSelectTrial }: Props) {
  const answer = useRanking(study).data?.answer;
  const found = answer && confirmedBest(answer, study.objective.direction);
  if (!found) return null;
  return (
    <span className="confirmed-best">
      confirmed:{" "}
      <button type="button" className="link" onClick={() => onSelectTrial(found.trial)}>
        trial {found.trial}
      </button>{" "}
      with <span className="number">{formatSpread(found.value, found.std)}</span> ({formatUnits(found)})
    </span>
  );
}

/** How long it took or has been going on for; a study that is paused goes nowhere. */
function Duration({ study: { started_at, ended_at, state, spent } }: { readonly study: Study }) {
  if (!started_at) return <Fact name="Started">not yet</Fact>;
  if (state === "PAUSED") return <Fact name="Started"><Age of={started_at} /></Fact>;
  return (
    <Fact name={ended_at ? "Took" : "Running for"}>
      <span title={`From its start to ${ended_at ? "its end" : "now"}, whether anything trained or not`}>
        <Elapsed since={started_at} until={ended_at} />
      </span>
      <span className="muted" title={TRAINING}>{formatDuration(3600 * spent.hours)} training</span>
    </Fact>
  );
}

function Fact({ name, children, strong }: { readonly name: string; readonly children: ReactNode; readonly strong?: boolean }) {
  return (
    <div className={strong ? "fact fact-strong" : "fact"}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function named(part: Readonly<Record<string, unknown>>): string {
  return typeof part["name"] === "string" ? part["name"] : "none";
}
