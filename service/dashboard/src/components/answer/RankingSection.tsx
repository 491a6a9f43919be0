import type { ReactNode } from "react";
import { Link } from "wouter";
import type { ConfirmedValue, Ranking, StudyView } from "../../api/types";
import { confirmedFirst, differences, headline, tiedBeyond } from "../../format/answers";
import { formatCount, formatValue, plural } from "../../format/numbers";
import { formatConfirmed, formatUnits } from "../../format/replicates";
import type { Estimate } from "./Forest";
import { Forest } from "./Forest";

interface Props {
  readonly study: StudyView;
  readonly ranking: Ranking;
  readonly onSelect: (trial: number) => void;
  /** What stands above all that, where it is not said elsewhere. */
  readonly head?: ReactNode;
}

const NOTES = {
  leader: "leads",
  tied: "cannot be told apart",
  behind: "behind",
  outside: "far outside",
  unknown: "",
  reference: "the reference",
  ahead: "better",
  equal: "no difference that matters",
  unconfirmed: "not confirmed",
} as const;
const STANDINGS = {
  leader: "The best so far",
  tied: "Not distinguishable at 95 % from the one that the others are compared with",
  behind: "Worse than the one that the others are compared with",
  outside: "One run, at chance or far outside the others",
  unknown: "Nothing can be said",
  reference: "Chosen before these runs: the confirmations compare the others with it",
  ahead: "Better than the one that the others are compared with",
  equal: "What difference there is does not matter",
  unconfirmed: "No confirmation has trained it",
} as const;

/** What the ranking says besides, and the standing of each of the best trials. */
export function RankingSection({ study, ranking: { items, answer }, onSelect, head }: Props) {
  if (!answer) return null;
  const values = new Map(items.map(({ number, value }) => [number, value]));
  const differing = differences(items);
  const rows = confirmedFirst(answer.places, study.objective.direction).map(({ trial, standing, confirms, repeats, confirmed, ...own }): Estimate => {
    const { low, high } = confirmed ?? own;
    const units = confirmed ? formatUnits(confirmed) : plural(own.n, answer.unit);
    const isApart = confirmed !== null && standing === "unknown";
    return {
      key: String(trial),
      label: (
        <button type="button" className="link" onClick={() => onSelect(trial)}>
          trial {trial}
        </button>
      ),
      detail: (
        <>
          {confirmed && <ConfirmedBy study={study.name} confirmed={confirmed} own={formatValue(values.get(trial))} />}
          {typeof confirms === "number" && answer.confirmed !== null && answer.confirmed !== study.name && (
            <>
              <Link href={`/studies/${encodeURIComponent(answer.confirmed)}/trials/${confirms}`}>
                trial {confirms} of {answer.confirmed}
              </Link>
              {differing.get(trial) && " · "}
            </>
          )}
          {typeof repeats === "number" ? `the configuration of trial ${repeats}` : differing.get(trial)}
        </>
      ),
      color: null,
      value: confirmed?.value ?? values.get(trial) ?? null,
      low,
      high,
      note: isApart ? "never beside the reference" : NOTES[standing],
      title: `${isApart ? `Never trained to the end with the same ${confirmed.over} as the one that the others are compared with` : STANDINGS[standing]}; ${units}, ${formatValue(low)} to ${formatValue(high)}`,
    };
  });
  const { others } = headline(answer);
  const notListed = tiedBeyond(answer);
  return (
    <div className="answer-columns">
      <div>
        {head}
        {others.length > 0 && (
          <ul className="answer-statements">
            {others.map((statement) => (
              <li key={statement}>{statement}</li>
            ))}
          </ul>
        )}
        {answer.method && <p className="muted answer-method">{[answer.method, answer.assumption && `assumes that ${answer.assumption}`].filter(Boolean).join("; ")}</p>}
      </div>
      <div>
        <Forest label="The best trials" rows={rows} margin={null} />
        {notListed > 0 && (
          <p className="muted">
            and {formatCount(notListed)} more that cannot be told apart, among <Link href={`/studies/${encodeURIComponent(study.name)}/trials`}>all trials</Link>
          </p>
        )}
      </div>
    </div>
  );
}

interface ConfirmedProps {
  /** The study that is read. */
  readonly study: string;
  readonly confirmed: ConfirmedValue;
  /** What the trial came to by its own runs. */
  readonly own: string;
}

/** The value to which the standing belongs, with a way to where it was found, and that by which the trial was chosen. */
function ConfirmedBy({ study, confirmed, own }: ConfirmedProps) {
  const by = confirmed.studies.findLast((name) => name !== study);
  if (by === undefined) return null;
  return (
    <>
      <Link href={`/studies/${encodeURIComponent(by)}`}>{formatConfirmed(confirmed)}</Link>, here {own}
      {" · "}
    </>
  );
}
