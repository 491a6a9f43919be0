import { useRef, useState } from "react";
import { CurveChart } from "../../charts/CurveChart";
import type { Hit } from "../../charts/hover";
import type { Scene, View, Zoom } from "../../charts/plot";
import type { Grouping, Member } from "../../curves/groups/groups";
import type { Column } from "../../format/columns";
import { CurveTooltip } from "./CurveTooltip";
import { KEYS_IN_WORDS, useMoving } from "./useMoving";

interface Props {
  /** What all lines of the chart have in common; empty for the only one. */
  readonly title: string;
  readonly label: string;
  readonly pending: boolean;
  readonly view: View;
  readonly scene: Scene;
  readonly zoom: Zoom;
  readonly metric: string;
  readonly grouping: Grouping;
  readonly columns: readonly Column[];
  readonly nameOf: (trial: string) => string;
  readonly memberOf: (key: string | null) => Member | undefined;
  /** Key of the trial that others are held against. */
  readonly against: string | null;
  readonly onHover: (hit: Hit | null) => void;
  readonly onSelect: (hit: Hit) => void;
  /** One that goes on is no step of its own that Back would undo. */
  readonly onZoom: (zoom: Zoom, going: boolean) => void;
}

/** A chart with what is said of the curve under the pointer. */
export function CurveFrame({ title, label, pending, view, scene, zoom, metric, grouping, columns, nameOf, memberOf, against, onHover, onSelect, onZoom }: Props) {
  const [hit, setHit] = useState<Hit | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const moving = useMoving({ scene, view, zoom, onZoom });
  const hover = (next: Hit | null) => {
    setHit(next);
    onHover(next);
  };
  return (
    <div className="chart-frame" ref={frame} aria-busy={pending}>
      {title && <h3 className="chart-title" title={title}>{title}</h3>}
      <div className="chart-place" ref={moving.place} role="group" tabIndex={0} aria-label={`Chart${title && ` of ${title}`}: ${KEYS_IN_WORDS}`} {...moving.listeners}>
        <CurveChart view={view} scene={scene} zoom={moving.zoom} label={title ? `${label}, ${title}` : label} onHover={hover} onSelect={onSelect} onZoom={(chosen) => onZoom(chosen, false)} />
        {hit && (
          <CurveTooltip
            hit={hit}
            member={memberOf(hit.line.trial)}
            against={memberOf(against)}
            group={hit.line.band && grouping.by !== null ? grouping.of.get(hit.line.trial) : undefined}
            nameOf={nameOf}
            metric={metric}
            axis={view.axis}
            columns={columns}
            size={{ width: frame.current?.clientWidth ?? 0, height: frame.current?.clientHeight ?? 0 }}
          />
        )}
      </div>
    </div>
  );
}
