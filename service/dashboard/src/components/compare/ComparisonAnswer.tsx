import { useMemo } from "react";
import { groupsOf } from "../../curves/groups/groups";
import type { Subject } from "../../curves/groups/subject";
import { useComparison } from "../../state/queries";
import { useBench } from "../../state/url/useBench";
import { ComparisonSection } from "../answer/ComparisonSection";
import { Part } from "../answer/Part";
import { useGroupColors } from "../bench/useGroupColors";

/** Which study is better, in words, beside the curves and in their colors where they are grouped by study. */
export function ComparisonAnswer({ subject: { studies, members, columns, home } }: { readonly subject: Subject }) {
  const [{ group }] = useBench();
  const by = group ?? home;
  const colorOf = useGroupColors(useMemo(() => groupsOf(members, by, columns), [members, by, columns]));
  const { data, error, isFetching } = useComparison(studies, null);
  return (
    <section className="panel answer" aria-label="Answer">
      <Part title="Study against study" busy={isFetching} error={error}>
        {data && <ComparisonSection comparison={data} colorOf={(study) => (by === home ? colorOf(study) : null)} />}
      </Part>
      {data?.notes.map((note) => <p key={note} className="muted answer-test">{note}</p>)}
    </section>
  );
}
