import { useMemo } from "react";
import type { ReactNode } from "react";
import { LIGHT } from "../../charts/colors";
import type { Hit } from "../../charts/hover";
import { keysOf } from "../../charts/keys";
import { svgOf } from "../../charts/drawing/svg";
import { formatAccount } from "../../curves/account";
import { MOST_BANDS, isCut } from "../../curves/groups/bands";
import type { Line } from "../../curves/lines";
import { defaultGroup, groupMetrics } from "../../curves/metrics";
import type { Outside } from "../../curves/points/ranges";
import { groupKey } from "../../curves/groups/groups";
import type { Subject } from "../../curves/groups/subject";
import { plural } from "../../format/numbers";
import { hasEnded } from "../../format/states";
import type { ChangeBench } from "../../state/url/useBench";
import { useBench } from "../../state/url/useBench";
import { ErrorNotice } from "../basics/Notice";
import { CurveControls } from "./CurveControls";
import { CurveExport } from "./CurveExport";
import { CurveFinish } from "./CurveFinish";
import { CurveFrame } from "./CurveFrame";
import { CurveLegend } from "./legends/CurveLegend";
import { CurveTable } from "./CurveTable";
import { GroupLegend } from "./legends/GroupLegend";
import { TrialLegend } from "./legends/TrialLegend";
import type { Input } from "./useCurveScene";
import { useCurveScene } from "./useCurveScene";

interface Props {
  readonly subject: Subject;
  /** What the chart is of, for the names of its files. */
  readonly of: string;
  readonly selected: string | null;
  readonly chosen: ReadonlySet<string> | null;
  /** A click on a run's line. */
  readonly onSelect: (line: Line) => void;
  readonly onHover: (trial: string | null) => void;
  /** What the curves come to in a few words: beside them at the top, or above them. */
  readonly short: ReactNode;
  /** What stands beside or below the curves. */
  readonly children: ReactNode;
}

/** Pixels that a chart among others in a row is wide at least; more of them are scrolled. */
const LEAST_CHART = 240;

/** The learning curves of a study, or of several, side by side; the reader's choices stand in the address. */
export function CurveBench({ short, children, ...props }: Props) {
  const { studies, columns, home } = props.subject;
  const [view, onChange] = useBench();
  const bench = useMemo(() => ({ ...view, group: groupKey(view.group, columns) ?? home }), [view, home, columns]);
  const metrics = useMemo(() => groupMetrics([...new Set(studies.flatMap((study) => study.metrics))]), [studies]);
  const metric = metrics.find(({ name }) => name === bench.metric) ?? defaultGroup(metrics, studies[0]?.objective.metric ?? "");
  return (
    <div className="bench">
      {short}
      <section className="panel curves" aria-label="Learning curves">
        <header className="panel-head">
          <h2>Learning curves</h2>
          {metric && <CurveControls bench={bench} onChange={onChange} metrics={metrics} metric={metric} columns={columns} home={home} />}
        </header>
        {metric ? (
          <Chart {...props} metric={metric} bench={bench} onChange={onChange} />
        ) : (
          <p className="muted chart-empty">
            {studies.every(({ state }) => hasEnded(state)) ? "No run has reported an epoch." : "Curves are drawn here as soon as the first run reports an epoch."}
          </p>
        )}
      </section>
      {children}
    </div>
  );
}

type ChartProps = Omit<Props, "short" | "children"> & Input & { readonly onChange: ChangeBench };

function Chart({ of, onSelect, onHover, onChange, ...input }: ChartProps) {
  const { metric, bench, subject, selected } = input;
  const { members, columns, best } = subject;
  const { view, scene, charts, perRow, inColors, grouping, dashing, names, coloring, palette, outside, account, drawn, bandless, pending, error } = useCurveScene(input);
  const zoom = useMemo(() => ({ x: bench.zoomX, y: bench.zoomY }), [bench.zoomX, bench.zoomY]);
  const hover = (hit: Hit | null) => onHover(hit && hit.line.band === null ? hit.line.trial : null);
  const memberOf = (trial: string | null) => members.find(({ key }) => key === trial);
  const select = ({ line }: Hit) => {
    if (line.band === null || grouping.by === null) onSelect(line);
  };
  const svg = () => {
    const { sheets, view: light, coloring: colors } = inColors(LIGHT);
    const marked = { best, pins: bench.pins, baseline: bench.baseline, nameOf: names.ofTrial };
    return svgOf(sheets.charts, light, zoom, metric.name, keysOf(grouping, colors, marked, LIGHT, dashing), sheets.perRow);
  };
  const banded = scene.lines.some(({ band }) => band !== null);
  const nameOf = ({ trial, replicate, band }: Line) => {
    const group = grouping.of.get(trial);
    if (band) return [group?.label, band.facet].filter(Boolean).join(", ");
    return group && group.runIds.length > 1 ? `${names.ofTrial(trial)}, run ${replicate + 1}` : names.ofTrial(trial);
  };
  return (
    <>
      <CurveFinish bench={bench} onChange={onChange} grouped={banded || grouping.by !== null} halves={metric.train !== null && metric.validation !== null} columns={columns} />
      {error && <ErrorNotice error={error} />}
      <div className={charts.length > 1 ? "chart-grid" : undefined} style={perRow === null ? undefined : { gridTemplateColumns: `repeat(${perRow}, minmax(${LEAST_CHART}px, 1fr))` }}>
        {charts.map((facet) => (
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
            nameOf={names.ofTrial}
            memberOf={memberOf}
            against={bench.baseline ?? best}
            onHover={hover}
            onSelect={select}
            onZoom={({ x, y }, going) => onChange({ zoomX: x, zoomY: y }, going)}
          />
        ))}
      </div>
      {grouping.by !== null && coloring && <GroupLegend grouping={grouping} coloring={coloring} hidden={bench.hidden} names={bench.names} onChange={onChange} />}
      <CurveLegend lines={scene.lines} rungs={scene.rungs} coloring={coloring} dashing={grouping.by === null ? dashing : null} colored={grouping.by === null ? bench.color : null} grouped={grouping.by !== null} palette={palette}>
        <TrialLegend best={best} nBest={memberOf(best)?.trial.run_ids.length ?? 0} grouped={grouping.by !== null} objective={subject.studies[0]?.objective} drawn={[metric.validation, metric.only, metric.train]} selected={selected} bench={bench} names={names} coloring={coloring} palette={palette} onChange={onChange} />
      </CurveLegend>
      <p className="muted chart-notes">
        {formatAccount(account)}
        {outside.notPositive > 0 && <> · {plural(outside.notPositive, "point")} at or below zero not on the log axis</>}
        {outside.notFinite > 0 && <> · {plural(outside.notFinite, "point")} not a finite number, marked ×</>}
        {bandless > 0 && <> · {plural(bandless, "group")} without a middle and band, which {MOST_BANDS} have at most</>}
        {scene.lines.some(({ band }) => band !== null && isCut(band)) && (
          <span title="An interval by Student's t and a deviation know nothing of bounds; the tooltip and the CSV have their whole numbers"> · bands drawn only where the metric has values</span>
        )}
        <OutOfView outside={outside} clip={bench.clip} onClip={(clip) => onChange({ clip })} />
        {(zoom.x ?? zoom.y) !== null && (
          <>
            {" · "}
            <button type="button" className="link" onClick={() => onChange({ zoomX: null, zoomY: null })}>
              leave the zoom
            </button>
          </>
        )}
        <span className="chart-hint"> · drag a box to zoom, with Shift to move, double-click for all · Ctrl and the wheel, or a pinch, zoom where they are · click a curve to choose its trial</span>
      </p>
      <CurveExport svg={svg} lines={scene.lines} metric={metric.name} axis={bench.axis} of={of} nameOf={nameOf} />
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
