import type { DataFacts as Facts } from "../../api/types";
import { formatCount } from "../../format/numbers";
import { Fact, Links } from "./Facts";

/** What a data set is, and what goes with it. */
export function DataFacts({ data }: { readonly data: Facts }) {
  const { task, shape, n_examples, n_outputs, classes, metrics, models, experiments } = data;
  return (
    <dl className="catalog-facts">
      <Fact name="Task">{task}</Fact>
      <Fact name="Examples">{formatCount(n_examples)}</Fact>
      <Fact name="Shape of one">{shape.join(" × ")}</Fact>
      <Fact name={task === "classification" ? "Classes" : "Values to predict"}>
        {n_outputs}
        {classes.length > 0 && `: ${classes.join(", ")}`}
      </Fact>
      <Fact name="Models that take it">
        <Links kind="model" names={models} />
      </Fact>
      <Fact name="Experiments with it">{experiments.length > 0 ? <Links kind="experiment" names={experiments} /> : "none"}</Fact>
      <Fact name="Runs report">{metrics.join(", ")}</Fact>
    </dl>
  );
}
