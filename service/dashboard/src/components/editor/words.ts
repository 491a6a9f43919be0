/** What can be completed in a definition: its fields, the catalog's components, experiments, spaces and ranges. */

import type { Completion } from "@codemirror/autocomplete";
import type { Catalog } from "../../api/types";

const FIELDS = ["name", "experiment", "objective", "sampler", "pruner", "space", "training", "replicates", "max_trials", "max_concurrent_trials", "max_failures", "budget", "artifacts", "resources", "priority", "seed", "notes", "tags", "queue", "warm_start", "stop_when", "data", "model"];
const RANGES = ["choice", "uniform", "log_uniform", "int", "log_int", "optional", "points", "use"];

export function wordsOf(catalog: Catalog): Completion[] {
  const plain = (words: readonly string[], type: string): Completion[] => words.map((label) => ({ label, type }));
  return [
    ...plain(FIELDS, "property"),
    ...plain(RANGES, "keyword"),
    ...catalog.kinds.flatMap(({ name: kind, components }) => [
      { label: kind, type: "property", detail: "kind" },
      ...components.flatMap(({ name, summary, fields }) => [
        { label: name, type: "class", detail: kind, info: summary },
        ...fields.map((field): Completion => ({ label: field.name, type: "variable", detail: name, info: field.help })),
      ]),
    ]),
    ...catalog.experiments.map(({ name, summary }): Completion => ({ label: name, type: "constant", detail: "experiment", info: summary })),
    ...catalog.spaces.map(({ name, summary }): Completion => ({ label: name, type: "constant", detail: "space", info: summary })),
  ].filter(({ label, detail }, index, all) => all.findIndex((other) => other.label === label && (other.detail === detail || detail === undefined)) === index);
}
