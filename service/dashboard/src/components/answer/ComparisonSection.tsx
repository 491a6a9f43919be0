import type { Comparison } from "../../api/types";
import type { Verdict } from "../../format/answers";
import { formatConfidence, formatVerdict, statements } from "../../format/answers";
import { besideTheChart, explain } from "../../format/explaining";
import { formatNumber } from "../../format/numbers";
import { useBench } from "../../state/url/useBench";
import { Explained } from "../basics/Explained";
import type { Estimate } from "./Forest";
import { Forest } from "./Forest";
import { ReferenceChoice } from "./ReferenceChoice";

interface Props {
  readonly comparison: Comparison;
  /** What the reader chose as that with which the others are compared. */
  readonly chosen: string | null;
  readonly onChoose: (arm: string | null) => void;
  /** The color of an arm's curves. */
  readonly colorOf: (arm: string) => string | null;
}

/** The levels of a choice against each other, by three questions that have different answers. */
export function ComparisonSection({ comparison, chosen, onChoose, colorOf }: Props) {
  const { margin, margin_from: from, tuned, typical, failures } = comparison;
  const [{ center }] = useBench();
  const parts = [
    { key: "tuned", title: "Tuned", question: "Which is better at its best?", found: tuned, margin },
    ...(typical ? [{ key: "typical", title: "Typical", question: "Which is better over its range?", found: typical, margin } as const] : []),
    { key: "failures", title: "Failures", question: "Which fails or collapses more rarely?", found: failures, margin: 0 },
  ] as const;
  return (
    <>
      <p className="muted answer-against">
        <ReferenceChoice label="Compared with" comparison={comparison} chosen={chosen} onChoose={onChoose} />
        <span>A difference of up to {formatNumber(margin)} ({from}) does not matter.</span>
      </p>
      <p className="muted answer-method">{besideTheChart(center)}</p>
      <div className="answer-parts">
        {parts.map(({ key, title, question, found, margin: near }) => (
          <section key={key} className="answer-part" aria-label={title}>
            <h4>
              {title} <span className="muted">{question}</span>
            </h4>
            <Explained of={title}>{explain(key, comparison)}</Explained>
            <Forest label={title} rows={found.verdicts.map((verdict) => rowOf(verdict, colorOf))} margin={near} />
            <p className="answer-words">{statements(found).join("; ")}</p>
          </section>
        ))}
      </div>
    </>
  );
}

function rowOf(verdict: Verdict, colorOf: (arm: string) => string | null): Estimate {
  const { arm, effect, low, high, n, p, test } = verdict;
  const assumption = "assumption" in verdict && verdict.assumption ? `; assumes that ${verdict.assumption}` : "";
  return {
    key: arm,
    label: arm,
    color: colorOf(arm),
    value: effect,
    low,
    high,
    note: formatVerdict(verdict),
    confidence: verdict.confidence,
    title: n === 0 ? "No result of the one has a counterpart among those of the other" : `${test}, n ${n}, p ${formatNumber(p)}, interval at ${formatConfidence(verdict.confidence)}: each further confirmation and comparison is paid for${assumption}`,
  };
}
