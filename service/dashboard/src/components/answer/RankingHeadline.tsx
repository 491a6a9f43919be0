import type { Ranking, StudyView } from "../../api/types";
import { headline } from "../../format/answers";
import { ConfirmButton } from "./ConfirmButton";

interface Props {
  readonly study: StudyView;
  readonly ranking: Ranking;
}

/** Which trial leads, whether it can be told from the others, and the button that would tell. */
export function RankingHeadline({ study, ranking: { answer } }: Props) {
  if (!answer) return <p className="muted">The ranking says something as soon as two trials have completed.</p>;
  const { first, second } = headline(answer);
  return (
    <>
      <p className="answer-sentence">{first}.</p>
      {second && <p className="answer-second">{second}.</p>}
      {answer.confirm && <ConfirmButton study={study} label="Confirm…" proposed={answer.confirm} answers="its ranking will answer." />}
    </>
  );
}
