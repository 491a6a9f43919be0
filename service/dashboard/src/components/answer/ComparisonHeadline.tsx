import type { Comparison } from "../../api/types";

/** Which is better, in a few words to each of three questions; what these trials cannot answer, the whole answer says. */
export function ComparisonHeadline({ comparison: { tuned, typical, failures } }: { readonly comparison: Comparison }) {
  return (
    <dl className="answer-heads">
      <Head question="At its best" short={tuned.short} strong />
      {typical && typical.verdicts.length > 0 && <Head question="Over its range" short={typical.short} />}
      {failures.verdicts.length > 0 && <Head question="Failures" short={failures.short} />}
    </dl>
  );
}

function Head({ question, short, strong = false }: { readonly question: string; readonly short: string; readonly strong?: boolean }) {
  return (
    <div>
      <dt>{question}</dt>
      <dd className={strong ? "answer-sentence" : undefined}>{short}</dd>
    </div>
  );
}
