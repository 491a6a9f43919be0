import type { Study } from "../../api/types";
import { useImprovements } from "../../state/queries";
import { sparkPath } from "./sparkPath";

const [WIDTH, HEIGHT] = [96, 26];

/** How a study's best value came about, as a line of steps; what came before it scales nothing. */
export function Spark({ study }: { readonly study: Study }) {
  const { data } = useImprovements(study);
  if (!data || data.value.length < 2) return <span className="spark" />;
  const { path, end } = sparkPath(data, study.objective.direction === "maximize", WIDTH, HEIGHT);
  return (
    <svg className="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="img" aria-label={`${data.value.length} improvements in ${data.n} trials`}>
      <path d={path} />
      <circle cx={end[0]} cy={end[1]} r={2.6} />
    </svg>
  );
}
