import { X_AXES } from "../../charts/scales/axes";
import type { MetricGroup } from "../../curves/metrics";
import { ofTrials } from "../../curves/groups/names";
import type { Column } from "../../format/columns";
import type { BenchView, TrainCurves } from "../../state/url/bench";
import { CONFIGURATION, UNGROUPED } from "../../state/url/bench";
import type { ChangeBench } from "../../state/url/useBench";
import { Choice } from "../basics/Choice";

interface Props {
  readonly bench: BenchView;
  readonly onChange: ChangeBench;
  readonly metrics: readonly MetricGroup[];
  readonly metric: MetricGroup;
  readonly columns: readonly Column[];
  /** By what runs are grouped where the address does not say. */
  readonly home: string;
}

const TRAIN: readonly { readonly value: TrainCurves; readonly label: string }[] = [
  { value: "highlighted", label: "best, selected" },
  { value: "all", label: "all" },
  { value: "none", label: "none" },
];

/** What to draw, against what, and what is compared with what. */
export function CurveControls({ bench, onChange, metrics, metric, columns, home }: Props) {
  const halves = metric.train !== null && metric.validation !== null;
  const parameters = columns.map(({ key }) => ({ value: key, label: key }));
  const grouped = columns.some(({ key }) => key === bench.group);
  const by = bench.group !== null && (grouped || bench.group === UNGROUPED) ? bench.group : CONFIGURATION;
  return (
    <div className="controls">
      <Choice
        label="Metric"
        value={metric.name}
        options={metrics.map(({ name }) => ({ value: name, label: name }))}
        onChange={(name) => onChange({ metric: name })}
      />
      <Choice
        label="Against"
        value={bench.axis}
        options={X_AXES.map(({ axis, label, title }) => ({ value: axis, label: label.toLowerCase(), title }))}
        onChange={(axis) => onChange({ axis })}
      />
      <Choice
        label="Group by"
        value={by}
        options={[
          { value: CONFIGURATION, label: "all but the seed", title: "Runs of one configuration form a group" },
          { value: UNGROUPED, label: "nothing", title: "Each trial by itself" },
          ...parameters,
        ]}
        onChange={(group) => onChange({ group: group === home ? null : group, hidden: ofTrials(bench.hidden), names: ofTrials(bench.names) })}
      />
      {!grouped && (
        <Choice
          label="Color by"
          value={bench.color ?? ""}
          options={[{ value: "", label: "objective" }, ...parameters]}
          onChange={(color) => onChange({ color: color || null })}
        />
      )}
      {halves && <Choice label="Train curves" value={bench.train} options={TRAIN} onChange={(train) => onChange({ train })} />}
      <div className="segmented" role="group" aria-label="Vertical axis">
        <button type="button" aria-pressed={bench.scale === "linear"} onClick={() => onChange({ scale: "linear" })}>
          Linear
        </button>
        <button type="button" aria-pressed={bench.scale === "log"} onClick={() => onChange({ scale: "log" })}>
          Log
        </button>
        <button type="button" aria-pressed={bench.scale === "near"} title="Opens up what lies near the best value" onClick={() => onChange({ scale: "near" })}>
          Near best
        </button>
      </div>
    </div>
  );
}
