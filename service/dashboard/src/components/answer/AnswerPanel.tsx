import type { StudyView } from "../../api/types";
import { plural } from "../../format/numbers";
import { useComparison, useRanking } from "../../state/queries";
import { useBench } from "../../state/url/useBench";
import { ComparisonSection } from "./ComparisonSection";
import { Part } from "./Part";
import { RankingHeadline } from "./RankingHeadline";
import { RankingSection } from "./RankingSection";

interface Props {
  readonly study: StudyView;
  /** The choice whose levels are compared. */
  readonly by: string | null;
  readonly colorOf: (arm: string) => string | null;
  readonly onSelect: (trial: number) => void;
}

/** Where the whole answer stands on its page. */
export const ANSWER = "answer";

/** All that the results say, below the chart, of which the short answer is the head: of the levels that are compared, else of the ranking. */
export function AnswerPanel({ study, by, colorOf, onSelect }: Props) {
  const ranking = useRanking(study);
  const [{ reference }, onChange] = useBench();
  const comparison = useComparison([study], by, reference);
  if (by === null && !ranking.data?.answer) return null;  // the short answer says that there is none yet
  return (
    <section className="panel answer" id={ANSWER} aria-label="Answer">
      {by !== null && (
        <Part title={`By ${by}`} busy={comparison.isFetching} error={comparison.error}>
          {comparison.data && <ComparisonSection comparison={comparison.data} chosen={reference} onChoose={(arm) => onChange({ reference: arm })} colorOf={colorOf} />}
        </Part>
      )}
      <Part title="What the ranking says" busy={ranking.isFetching} error={by === null ? null : ranking.error}>
        {ranking.data?.answer && (
          <RankingSection study={study} ranking={ranking.data} onSelect={onSelect} head={by !== null && <RankingHeadline study={study} ranking={ranking.data} />} />
        )}
      </Part>
      <p className="muted answer-test">{testLooks(study)}</p>
    </section>
  );
}

/** Who chooses by what he sees on the test split is told more than new data would say. */
function testLooks({ test_result: test }: StudyView): string {
  if (!test || test.n === 0) return "The test split has not been looked at.";
  return typeof test.look === "number" ? `The test split has been looked at ${test.look === 1 ? "once" : plural(test.look, "time")}.` : "Whether the test split was looked at before is not known.";
}
