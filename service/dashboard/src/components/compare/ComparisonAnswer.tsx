import { useMemo } from "react";
import { groupsOf } from "../../curves/groups/groups";
import type { Subject } from "../../curves/groups/subject";
import { isJudgedAlike } from "../../curves/groups/subject";
import { useComparison } from "../../state/queries";
import { useParameter } from "../../state/url/selection";
import { useBench } from "../../state/url/useBench";
import { ANSWER } from "../answer/AnswerPanel";
import { ComparisonHeadline } from "../answer/ComparisonHeadline";
import { ComparisonSection } from "../answer/ComparisonSection";
import { Part } from "../answer/Part";
import { ShortPanel } from "../answer/ShortAnswer";
import { useGroupColors } from "../bench/useGroupColors";

interface Props {
  readonly subject: Subject;
}

/** How the address names the study that the others are compared with; it stays, however curves are grouped. */
const AGAINST = "against";

/** Which study is better, in words, beside the curves and in their colors where they are grouped by study. */
export function ComparisonAnswer({ subject: { studies, members, columns, home } }: Props) {
  const [{ group }] = useBench();
  const by = group ?? home;
  const colorOf = useGroupColors(useMemo(() => groupsOf(members, by, columns), [members, by, columns]));
  const alike = isJudgedAlike(studies);
  const [reference, choose] = useParameter(AGAINST);
  const { data, error, isFetching } = useComparison(alike ? studies : [], null, reference);
  return (
    <section className="panel answer" id={ANSWER} aria-label="Answer">
      <Part title="Study against study" busy={isFetching} error={error}>
        {!alike && <p className="muted">These studies are judged by different metrics; only those of one metric can be compared.</p>}
        {data && <ComparisonSection comparison={data} chosen={reference} onChoose={choose} colorOf={(study) => (by === home ? colorOf(study) : null)} />}
      </Part>
      {data?.notes.map((note) => <p key={note} className="muted answer-test">{note}</p>)}
    </section>
  );
}

/** The same in a few words; what cannot be compared says so once, in the whole answer. */
export function ComparisonShort({ subject: { studies } }: Props) {
  const alike = isJudgedAlike(studies);
  const [reference] = useParameter(AGAINST);
  const { data, isFetching, error } = useComparison(alike ? studies : [], null, reference);
  if (error || !alike) return null;
  return (
    <ShortPanel>
      <Part title="Which study is better?" busy={isFetching} error={null}>
        {data && <ComparisonHeadline comparison={data} />}
      </Part>
    </ShortPanel>
  );
}
