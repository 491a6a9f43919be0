import { useImportances } from "../../../state/url/insight";
import { useParameter } from "../../../state/url/selection";
import { Importances } from "../Importances";
import { Reading } from "../Reading";
import type { Pictured } from "./props";

export function ImportancesPicture({ study, objective }: Pick<Pictured, "study" | "objective">) {
  const { data, error } = useImportances(study, objective);
  const [chosen, choose] = useParameter("parameter");
  return (
    <Reading title="What decides" hint="Whether a trial is among the best tenth (PED-ANOVA); a click shows the parameter's effect" error={error} found={data}>
      {data && <Importances items={data.items} chosen={chosen} onChoose={choose} />}
    </Reading>
  );
}
