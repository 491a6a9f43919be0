import { X_AXES } from "../../charts/axes";
import type { XAxis } from "../../charts/lines";
import type { MetricGroup } from "../../charts/metrics";
import type { ChartSetters, ChartSettings, TrainCurves } from "../../charts/settings";
import type { Column } from "../../format/columns";

interface Props {
  readonly settings: ChartSettings;
  readonly setters: ChartSetters;
  readonly groups: readonly MetricGroup[];
  readonly group: MetricGroup;
  readonly colorColumns: readonly Column[];
}

/** What to draw, against what, and how. */
export function CurveControls({ settings, setters, groups, group, colorColumns }: Props) {
  const halves = group.train !== null && group.validation !== null;
  return (
    <div className="controls">
      <label>
        Metric
        <select value={group.name} onChange={(event) => setters.setMetric(event.target.value)}>
          {groups.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Against
        <select value={settings.axis} onChange={(event) => setters.setAxis(event.target.value as XAxis)}>
          {X_AXES.map(({ axis, label, title }) => (
            <option key={axis} value={axis} title={title}>
              {label.toLowerCase()}
            </option>
          ))}
        </select>
      </label>
      {halves && (
        <label>
          Train curves
          <select value={settings.train} onChange={(event) => setters.setTrain(event.target.value as TrainCurves)}>
            <option value="highlighted">best, selected</option>
            <option value="all">all</option>
            <option value="none">none</option>
          </select>
        </label>
      )}
      <label>
        Color by
        <select value={settings.color ?? ""} onChange={(event) => setters.setColor(event.target.value || null)}>
          <option value="">objective</option>
          {colorColumns.map(({ key }) => (
            <option key={key} value={key}>
              {key}
            </option>
          ))}
        </select>
      </label>
      <div className="segmented" role="group" aria-label="Vertical axis">
        <button type="button" aria-pressed={!settings.log} onClick={() => setters.setLog(false)}>
          Linear
        </button>
        <button type="button" aria-pressed={settings.log} onClick={() => setters.setLog(true)}>
          Log
        </button>
      </div>
    </div>
  );
}
