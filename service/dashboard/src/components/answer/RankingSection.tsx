import { Link } from "wouter";
import type { Ranking, StudyView } from "../../api/types";
import { differences, headline, tiedBeyond } from "../../format/answers";
import { formatCount, formatValue } from "../../format/numbers";
import type { Estimate } from "./Forest";
import { Forest } from "./Forest";

interface Props {
  readonly study: StudyView;
  readonly ranking: Ranking;
  readonly onSelect: (trial: number) => void;
}

const NOTES = {
  leader: "leads",
  tied: "cannot be told apart",
  behind: "behind",
  outside: "far outside",
  unknown: "",
  reference: "the others are held against it",
  ahead: "better",
  equal: "no difference that matters",
  unconfirmed: "not confirmed",
} as const;
const STANDINGS = {
  leader: "The best so far",
  tied: "Not distinguishable at 95 % from the one that the others are held against",
  behind: "Worse at 95 % than the one that the others are held against",
  outside: "One run, at chance or far outside the others",
  unknown: "Nothing can be said",
  reference: "Chosen before these runs: the confirmations hold the others against it",
  ahead: "Better at 95 % than the one that the others are held against",
  equal: "What difference there is does not matter",
  unconfirmed: "No confirmation has trained it",
} as const;

/** What the ranking says besides, and the standing of each of the best trials. */
export function RankingSection({ study, ranking: { items, answer }, onSelect }: Props) {
  if (!answer) return null;
  const values = new Map(items.map(({ number, value }) => [number, value]));
  const differing = differences(items);
  const rows = answer.places.map(({ trial, standing, low, high, n, confirms, repeats }): Estimate => ({
    key: String(trial),
    label: (
      <button type="button" className="link" onClick={() => onSelect(trial)}>
        trial {trial}
      </button>
    ),
    detail: (
      <>
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
    value: values.get(trial) ?? null,
    low,
    high,
    note: NOTES[standing],
    title: `${STANDINGS[standing]}; ${n} ${answer.unit}${n === 1 ? "" : "s"}, ${formatValue(low)} to ${formatValue(high)}`,
  }));
  const { others } = headline(answer);
  const notListed = tiedBeyond(answer);
  return (
    <>
      {others.length > 0 && (
        <ul className="answer-statements">
          {others.map((statement) => (
            <li key={statement}>{statement}</li>
          ))}
        </ul>
      )}
      <Forest label="The best trials" rows={rows} margin={null} />
      {notListed > 0 && (
        <p className="muted">
          and {formatCount(notListed)} more that cannot be told apart, among <Link href={`/studies/${encodeURIComponent(study.name)}/trials`}>all trials</Link>
        </p>
      )}
      {answer.method && <p className="muted answer-method">{[answer.method, answer.assumption && `assumes that ${answer.assumption}`].filter(Boolean).join("; ")}</p>}
    </>
  );
}
