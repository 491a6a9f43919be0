import type { ReactNode } from "react";
import { useMemo } from "react";
import type { StudyView, Trial } from "../../api/types";
import { trialKey } from "../../curves/lines";
import { withBest } from "../../state/live/merging";
import { useParameter } from "../../state/url/selection";
import { Choice } from "../basics/Choice";
import { TrialsTable } from "../trials/TrialsTable";
import { useSoFar } from "../trials/useSoFar";

interface Props {
  readonly studies: readonly StudyView[];
  /** The trials of each study. */
  readonly trials: readonly (readonly Trial[])[];
  /** The numbers that the filter chooses of each study; null without a filter. */
  readonly matching: readonly ReadonlySet<number>[] | null;
  readonly filterError: Error | null;
  /** Key of the selected trial. */
  readonly selected: string | null;
  readonly onSelect: (trial: string | null) => void;
}

const NONE: readonly Trial[] = [];

/** The trials of one of the compared studies; which one stands in the address. What is selected or pinned there stands out among the curves. */
export function ComparedTrials({ studies, ...rest }: Props) {
  const [of, setOf] = useParameter("of");
  const place = Math.max(0, studies.findIndex(({ name }) => name === of));
  const study = studies[place];
  if (!study) return null;
  const choice = <Choice label="of" value={study.name} options={studies.map(({ name }) => ({ value: name, label: name }))} onChange={(name) => setOf(name === studies[0]?.name ? null : name)} />;
  return <Trials key={study.id} study={study} place={place} choice={choice} filtered={studies.map(({ name }) => name)} {...rest} />;
}

type TrialsProps = Omit<Props, "studies"> & { readonly study: StudyView; readonly place: number; readonly choice: ReactNode; readonly filtered: readonly string[] };

function Trials({ study, place, choice, filtered, trials, matching, filterError, selected, onSelect }: TrialsProps) {
  const own = trials[place] ?? NONE;
  const best = study.best?.trial ?? null;
  const marked = useMemo(() => withBest(own, best), [own, best]);
  const soFar = useSoFar(study, marked);
  const number = own.find((trial) => trialKey(trial.number, study.name) === selected)?.number ?? null;
  return (
    <TrialsTable
      study={study}
      among={study.name}
      choice={choice}
      trials={marked}
      matching={matching?.[place] ?? null}
      filtered={filtered}
      filterError={filterError}
      soFar={soFar}
      selected={number}
      onSelect={(chosen) => onSelect(chosen === null ? null : trialKey(chosen, study.name))}
    />
  );
}
