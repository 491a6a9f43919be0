import { useMemo, useRef, useState } from "react";
import type { StudyView, Trial } from "../../api/types";
import { CurveChart } from "../../charts/CurveChart";
import { defaultGroup, groupMetrics } from "../../charts/metrics";
import type { Hit } from "../../charts/projection";
import type { Outside } from "../../charts/ranges";
import type { ChartSetters, ChartSettings } from "../../charts/settings";
import { useChartSettings } from "../../charts/settings";
import { formatCount, plural } from "../../format/numbers";
import { hasEnded } from "../../format/states";
import { ErrorNotice } from "../basics/Notice";
import type { Column } from "../../format/columns";
import { categorical } from "../../format/columns";
import { CurveControls } from "./CurveControls";
import { CurveLegend } from "./CurveLegend";
import { CurveTooltip } from "./CurveTooltip";
import { useCurveScene } from "./useCurveScene";
import type { Input } from "./useCurveScene";

interface Props {
  readonly study: StudyView;
  readonly trials: readonly Trial[];
  readonly columns: readonly Column[];
  readonly selected: number | null;
  readonly onSelect: (trial: number | null, run?: string | null) => void;
  readonly onHover: (trial: number | null) => void;
}

/** The learning curves of a study, side by side. */
export function CurvesPanel(props: Props) {
  const [settings, setters] = useChartSettings();
  const groups = useMemo(() => groupMetrics(props.study.metrics), [props.study.metrics]);
  const group = groups.find(({ name }) => name === settings.metric) ?? defaultGroup(groups, props.study.objective.metric);
  return (
    <section className="panel curves" aria-label="Learning curves">
      <header className="panel-head">
        <h2>Learning curves</h2>
        {group && (
          <CurveControls settings={settings} setters={setters} groups={groups} group={group} colorColumns={categorical(props.trials, props.columns)} />
        )}
      </header>
      {group ? (
        <Chart {...props} group={group} settings={settings} setters={setters} />
      ) : (
        <p className="muted chart-empty">
          {hasEnded(props.study.state) ? "No run has reported an epoch." : "Curves are drawn here as soon as the first run reports an epoch."}
        </p>
      )}
    </section>
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

type ChartProps = Props & Input & { readonly settings: ChartSettings; readonly setters: ChartSetters };

function Chart({ onSelect, onHover, setters, ...input }: ChartProps) {
  const { group, settings, trials, columns, selected } = input;
  const { view, scene, coloring, palette, best, states, parts, outside, drawn, leftOut, pending, error } = useCurveScene(input);
  const [hit, setHit] = useState<Hit | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const hover = (next: Hit | null) => {
    setHit(next);
    onHover(next?.line.trial ?? null);
  };
  const pin = ({ line }: Hit) => (line.trial === selected ? onSelect(null) : onSelect(line.trial, line.replicate > 0 ? line.runId : null));
  return (
    <>
      {error && <ErrorNotice error={error} />}
      <div className="chart-frame" ref={frame} aria-busy={pending}>
        <CurveChart view={view} scene={scene} label={`${group.name} of ${plural(drawn, "run")}`} onHover={hover} onSelect={pin} />
        {hit && (
          <CurveTooltip
            hit={hit}
            trial={trials.find(({ number }) => number === hit.line.trial)}
            metric={group.name}
            axis={settings.axis}
            columns={columns}
            size={{ width: frame.current?.clientWidth ?? 0, height: frame.current?.clientHeight ?? 0 }}
          />
        )}
      </div>
      <CurveLegend states={states} best={best} selected={selected} coloring={coloring} palette={palette} parts={parts} />
      <p className="muted chart-notes">
        {plural(drawn, "run")} drawn
        {leftOut > 0 && <strong title="The best, the selected and the running trials are always drawn"> · {formatCount(leftOut)} of lower rank left out</strong>}
        {outside.notPositive > 0 && <> · {plural(outside.notPositive, "point")} at or below zero not on the log axis</>}
        {outside.notFinite > 0 && <> · {plural(outside.notFinite, "point")} not a finite number, marked ×</>}
        <OutOfView outside={outside} clip={settings.clip} onClip={setters.setClip} />
        <span className="chart-hint"> · drag a box to zoom, double-click for all · click a curve to pin its trial</span>
      </p>
    </>
  );
}
