import type { Study } from "../../api/types";
import { plural } from "../../format/numbers";
import { useImprovements } from "../../state/queries";
import { sparkPath } from "./sparkPath";

const [WIDTH, HEIGHT] = [96, 26];

/** How a study's best value by its first objective came about, as a line of steps; what came before it scales nothing. */
export function Spark({ study }: { readonly study: Study }) {
  const { data } = useImprovements(study);
  if (!data || data.value.length < 2) return <span className="spark" />;
  const { objective, objectives } = study;
  const { path, end } = sparkPath(data, WIDTH, HEIGHT);
  const which = objectives.length > 1 ? `, the first of ${objectives.length} objectives` : "";
  return (
    <svg className="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="img">
      <title>{`${data.value.length} improvements of ${objective.metric}${which}, in ${plural(data.n, "trial")}; ${objective.direction === "maximize" ? "up" : "down"} is better`}</title>
      <path d={path} />
      <circle cx={end[0]} cy={end[1]} r={2.6} />
    </svg>
  );
}
