import type { StudyView } from "../../api/types";
import { plural } from "../../format/numbers";
import { useComparison, useRanking } from "../../state/queries";
import { secondsOfRun } from "../../format/answers";
import { ComparisonSection } from "./ComparisonSection";
import { ConfirmBests } from "./ConfirmBests";
import { Part } from "./Part";
import { RankingSection } from "./RankingSection";

interface Props {
  readonly study: StudyView;
  /** The choice whose levels are compared. */
  readonly by: string | null;
  readonly colorOf: (arm: string) => string | null;
  readonly onSelect: (trial: number) => void;
}

/** What the results say, beside the curves that show them. */
export function AnswerPanel({ study, by, colorOf, onSelect }: Props) {
  const ranking = useRanking(study);
  const comparison = useComparison([study], by);
  return (
    <section className="panel answer" aria-label="Answer">
      <Part title="What the ranking says" busy={ranking.isFetching} error={ranking.error}>
        {ranking.data && <RankingSection study={study} ranking={ranking.data} onSelect={onSelect} />}
      </Part>
      {by !== null && (
        <Part title={`By ${by}`} busy={comparison.isFetching} error={comparison.error}>
          {comparison.data && <ComparisonSection comparison={comparison.data} colorOf={colorOf} />}
          {comparison.data?.tuned.confirm && <ConfirmBests key={by} study={study} bests={comparison.data.tuned.confirm} seconds={secondsOfRun(ranking.data?.answer?.confirm)} />}
        </Part>
      )}
      <p className="muted answer-test">{testLooks(study)}</p>
    </section>
  );
}

/** Who chooses by what he sees on the test split is told more than new data would say. */
function testLooks({ test_result: test }: StudyView): string {
  if (!test || test.n === 0) return "The test split has not been looked at.";
  return typeof test.look === "number" ? `The test split has been looked at ${plural(test.look, "time")}.` : "Whether the test split was looked at before is not known.";
}
