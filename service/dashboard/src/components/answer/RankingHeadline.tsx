import type { Ranking, StudyView } from "../../api/types";
import { headline } from "../../format/answers";
import { useConfirmations } from "../../state/queries";
import { ConfirmButton } from "./ConfirmButton";
import { UnderWay } from "./UnderWay";

interface Props {
  readonly study: StudyView;
  readonly ranking: Ranking;
}

/** Which trial leads, whether it can be told from the others, and the button that would tell. */
export function RankingHeadline({ study, ranking: { answer } }: Props) {
  const { open } = useConfirmations(study);
  const said = answer && headline(answer);
  return (
    <>
      {said ? <p className="answer-sentence">{said.first}.</p> : <p className="muted">The ranking says something as soon as two trials have completed.</p>}
      {said?.second && <p className="answer-second">{said.second}.</p>}
      {open.length > 0 ? <UnderWay confirmations={open} here={study.name} /> : answer?.confirm && <ConfirmButton study={study} label="Confirm…" proposed={answer.confirm} />}
    </>
  );
}
