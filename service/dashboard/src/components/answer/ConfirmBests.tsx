import type { Comparison, StudyView } from "../../api/types";
import { bestsOf, proposedOf } from "../../format/answers";
import { useConfirmations } from "../../state/queries";
import { ConfirmButton } from "./ConfirmButton";
import { UnderWay } from "./UnderWay";

interface Props {
  readonly study: StudyView;
  readonly tuned: Comparison["tuned"];
  /** How long a run takes, where that is known. */
  readonly seconds: number | null;
}

/** Offers to train the best trial of each level once more, or says how far that is; nothing where that would tell nothing. */
export function ConfirmBests({ study, tuned, seconds }: Props) {
  const { open } = useConfirmations(study);
  if (open.length > 0) return <UnderWay confirmations={open} here={study.name} />;
  if (!tuned.confirm) return null;
  const named = bestsOf(tuned, study.confirms?.study ?? null);
  return <ConfirmButton study={study} label="Confirm the best of each…" proposed={proposedOf(tuned.confirm, seconds)} chosen={{ trials: tuned.confirm.trials, named }} />;
}
