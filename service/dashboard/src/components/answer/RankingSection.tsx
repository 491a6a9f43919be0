import type { Ranking, StudyView } from "../../api/types";
import { statements } from "../../format/answers";
import { formatValue } from "../../format/numbers";
import { ConfirmButton } from "./ConfirmButton";
import type { Estimate } from "./Forest";
import { Forest } from "./Forest";

interface Props {
  readonly study: StudyView;
  readonly ranking: Ranking;
  readonly onSelect: (trial: number) => void;
}

const NOTES = { leader: "leads", tied: "tied", behind: "behind", unknown: "" } as const;
const STANDINGS = {
  leader: "The best so far",
  tied: "Not distinguishable from the leader at 95 %",
  behind: "Behind the leader at 95 %",
  unknown: "Nothing can be said",
} as const;

/** Who leads, who cannot be told from it, and what would tell. */
export function RankingSection({ study, ranking: { items, answer }, onSelect }: Props) {
  if (!answer) return <p className="muted">The ranking says something as soon as two trials have completed.</p>;
  const values = new Map(items.map(({ number, value }) => [number, value]));
  const rows = answer.places.map(({ trial, standing, low, high, n }): Estimate => ({
    key: String(trial),
    label: (
      <button type="button" className="link" onClick={() => onSelect(trial)}>
        trial {trial}
      </button>
    ),
    color: null,
    value: values.get(trial) ?? null,
    low,
    high,
    note: NOTES[standing],
    title: `${STANDINGS[standing]}; ${n} ${answer.unit}${n === 1 ? "" : "s"}, ${formatValue(low)} to ${formatValue(high)}`,
  }));
  const [first, ...others] = statements(answer);
  return (
    <>
      <p className="answer-sentence">{first}.</p>
      {others.length > 0 && (
        <ul className="answer-statements">
          {others.map((statement) => (
            <li key={statement}>{statement}</li>
          ))}
        </ul>
      )}
      <Forest label="The best trials" rows={rows} margin={null} />
      {answer.method && <p className="muted answer-method">{[answer.method, answer.assumption && `assumes that ${answer.assumption}`].filter(Boolean).join("; ")}</p>}
      {answer.selection.n_tied > 0 && <ConfirmButton study={study} proposed={answer.confirm} />}
    </>
  );
}
