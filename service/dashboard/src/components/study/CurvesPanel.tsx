import { useMemo } from "react";
import type { StudyView, Trial } from "../../api/types";
import type { Hit } from "../../charts/hover";
import { formatAccount } from "../../curves/account";
import { MOST_BANDS } from "../../curves/bands";
import { defaultGroup, groupMetrics } from "../../curves/metrics";
import type { Line } from "../../curves/lines";
import type { Outside } from "../../curves/ranges";
import type { Column } from "../../format/columns";
import { plural } from "../../format/numbers";
import { hasEnded } from "../../format/states";
import type { Select } from "../../state/selection";
import type { ChangeBench } from "../../state/useBench";
import { useBench } from "../../state/useBench";
import { ErrorNotice } from "../basics/Notice";
import { CurveAnswer } from "./CurveAnswer";
import { CurveControls } from "./CurveControls";
import { CurveExport } from "./CurveExport";
import { CurveFinish } from "./CurveFinish";
import { CurveFrame } from "./CurveFrame";
import { CurveLegend } from "./CurveLegend";
import { CurveTable } from "./CurveTable";
import { GroupLegend } from "./GroupLegend";
import type { Input } from "./useCurveScene";
import { useCurveScene } from "./useCurveScene";

interface Props {
  readonly study: StudyView;
  readonly trials: readonly Trial[];
  readonly columns: readonly Column[];
  readonly selected: number | null;
  /** The trials that the filter chooses; null without a filter. */
  readonly matching: ReadonlySet<number> | null;
  readonly onSelect: Select;
  readonly onHover: (trial: number | null) => void;
}

/** The learning curves of a study, side by side. */
export function CurvesPanel(props: Props) {
  const [bench, onChange] = useBench();
  const metrics = useMemo(() => groupMetrics(props.study.metrics), [props.study.metrics]);
  const metric = metrics.find(({ name }) => name === bench.metric) ?? defaultGroup(metrics, props.study.objective.metric);
  return (
    <div className="bench">
      <section className="panel curves" aria-label="Learning curves">
        <header className="panel-head">
          <h2>Learning curves</h2>
          {metric && <CurveControls bench={bench} onChange={onChange} metrics={metrics} metric={metric} columns={props.columns} />}
        </header>
        {metric ? (
          <Chart {...props} metric={metric} bench={bench} onChange={onChange} />
        ) : (
          <p className="muted chart-empty">
            {hasEnded(props.study.state) ? "No run has reported an epoch." : "Curves are drawn here as soon as the first run reports an epoch."}
          </p>
        )}
      </section>
      <CurveAnswer study={props.study} trials={props.trials} columns={props.columns} by={bench.group} onSelect={props.onSelect} />
    </div>
  );
}

type ChartProps = Props & Input & { readonly onChange: ChangeBench };

function Chart({ onSelect, onHover, onChange, ...input }: ChartProps) {
  const { metric, bench, trials, columns, selected } = input;
  const { view, scene, facets, grouping, coloring, palette, best, outside, account, drawn, bandless, pending, error } = useCurveScene(input);
  const zoom = useMemo(() => ({ x: bench.zoomX, y: bench.zoomY }), [bench.zoomX, bench.zoomY]);
  const hover = (hit: Hit | null) => onHover(hit && hit.line.band === null ? Number(hit.line.trial) : null);
  const trialOf = (key: string | null) => trials.find(({ number }) => String(number) === key);
  const select = ({ line }: Hit) => {
    const number = Number(line.trial);
    if (line.band !== null && grouping.by !== null) return;
    onSelect(number === selected ? null : number, number !== selected && line.replicate > 0 ? line.id : null);
  };
  const banded = scene.lines.some(({ band }) => band !== null);
  const nameOf = ({ trial, replicate, band }: Line) => {
    const group = grouping.of.get(trial);
    if (band) return [group?.label, band.facet].filter(Boolean).join(", ");
    return group && group.runIds.length > 1 ? `trial ${trial}, run ${replicate + 1}` : `trial ${trial}`;
  };
  const selectedKey = selected === null ? null : String(selected);
  return (
    <>
      <CurveFinish bench={bench} onChange={onChange} grouped={banded || grouping.by !== null} halves={metric.train !== null && metric.validation !== null} columns={columns} />
      {error && <ErrorNotice error={error} />}
      <div className={facets.length > 1 ? "chart-grid" : undefined}>
        {facets.map((facet) => (
          <CurveFrame
            key={facet.key}
            title={facet.label}
            label={`${metric.name} of ${plural(drawn, "run")}`}
            pending={pending}
            view={view}
            scene={facet.scene}
            zoom={zoom}
            metric={metric.name}
            grouping={grouping}
            columns={columns}
            trialOf={trialOf}
            against={bench.baseline ?? best}
            onHover={hover}
            onSelect={select}
            onZoom={({ x, y }) => onChange({ zoomX: x, zoomY: y })}
          />
        ))}
      </div>
      {grouping.by !== null && coloring && <GroupLegend grouping={grouping} coloring={coloring} hidden={bench.hidden} onChange={onChange} />}
      <CurveLegend lines={scene.lines} best={best} selected={selectedKey} pins={bench.pins} baseline={bench.baseline} onChange={onChange} coloring={coloring} colored={grouping.by === null ? bench.color : null} grouped={grouping.by !== null} palette={palette} />
      <p className="muted chart-notes">
        {formatAccount(account)}
        {outside.notPositive > 0 && <> · {plural(outside.notPositive, "point")} at or below zero not on the log axis</>}
        {outside.notFinite > 0 && <> · {plural(outside.notFinite, "point")} not a finite number, marked ×</>}
        {bandless > 0 && <> · {plural(bandless, "group")} without a middle and band, which {MOST_BANDS} have at most</>}
        <OutOfView outside={outside} clip={bench.clip} onClip={(clip) => onChange({ clip })} />
        <span className="chart-hint"> · drag a box to zoom, double-click for all · click a curve to pin its trial</span>
      </p>
      <CurveExport lines={scene.lines} metric={metric.name} axis={bench.axis} study={input.study.name} nameOf={nameOf} />
      <CurveTable lines={scene.lines} metric={metric.name} axis={bench.axis} maximize={scene.focus.maximize} nameOf={nameOf} />
    </>
  );
}

interface OutOfViewProps {
  readonly outside: Outside;
  readonly clip: boolean;
  readonly onClip: (clip: boolean) => void;
}

/** What the first view leaves out, and the way to see it all the same. */
function OutOfView({ outside: { above, below }, clip, onClip }: OutOfViewProps) {
  if (clip && above + below === 0) return null;
  const parts = [below > 0 && `${plural(below, "point")} below`, above > 0 && `${plural(above, "point")} above`].filter(Boolean);
  return (
    <>
      {" · "}
      {clip && <strong>{parts.join(", ")} </strong>}
      <button type="button" className="link" onClick={() => onClip(!clip)}>
        {clip ? "show all" : "leave the tail out"}
      </button>
    </>
  );
}
