import { useCallback, useMemo } from "react";
import uPlot from "uplot";
import { formatNumber } from "../format/numbers";
import { useDark } from "../state/theme";
import type { Palette } from "./colors";
import { paletteOf } from "./colors";
import { axesOf } from "./scales/axes";
import type { MakeOptions } from "./useSmallChart";
import { useSmallChart } from "./useSmallChart";

const HEIGHT = 240;

export interface RunLine {
  readonly name: string;
  readonly color: string;
  /** Whether it stands before the others. */
  readonly chosen: boolean;
  readonly xs: readonly number[];
  /** Null where no finite value was measured. */
  readonly ys: readonly (number | null)[];
}

/** Something that happened to a run between two points. */
export interface Mark {
  readonly x: number;
  readonly text: string;
}

interface Props {
  readonly lines: readonly RunLine[];
  readonly marks: readonly Mark[];
  readonly label: string;
}

/** The curves of one trial's runs by epoch, with upright marks, and the values under the pointer. */
export function RunsChart({ lines, marks, label }: Props) {
  const palette = paletteOf(useDark());
  const data = useMemo(() => dataOf(lines), [lines]);
  const looks = JSON.stringify([lines.map(({ name, color, chosen }) => [name, color, chosen]), marks]);
  // New points only redraw it; another look of the lines builds it anew.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const { target, index } = useSmallChart(data, useCallback((onIndex) => optionsOf(lines, palette, onIndex, marks), [palette, looks]));

  const x = index === null ? undefined : data[0][index];
  const told = x === undefined ? [] : lines.flatMap(({ name }, place) => {
    const value = data[place + 1]?.[index as number];
    return typeof value === "number" ? [lines.length > 1 ? `${name}: ${formatNumber(value)}` : formatNumber(value)] : [];
  });
  return (
    <figure className="factor-chart">
      <div ref={target} className="runs-plot" role="img" aria-label={label} />
      <figcaption className="muted number">{x === undefined ? label : `epoch ${formatNumber(x)}: ${told.join(" · ") || "–"}`}</figcaption>
    </figure>
  );
}

function dataOf(lines: readonly RunLine[]): uPlot.AlignedData {
  const tables = lines.map(({ xs, ys }): uPlot.AlignedData => [[...xs], [...ys]]);
  return tables.length === 0 ? [[]] : uPlot.join(tables);
}

function optionsOf(lines: readonly RunLine[], palette: Palette, onIndex: (index: number | null) => void, marks: readonly Mark[]): ReturnType<MakeOptions> {
  return {
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
    padding: [16, 16, 0, 0],
    scales: { x: { time: false } },
    series: [{}, ...lines.map(({ color, chosen }) => ({ stroke: color, width: chosen ? 2.2 : 1.2, alpha: chosen ? 1 : 0.55, spanGaps: false, points: { show: false } }))],
    axes: axesOf("epoch", "linear", palette),
    hooks: { setCursor: [({ cursor: { idx } }) => onIndex(idx ?? null)], draw: [(made) => drawMarks(made, marks, palette)] },
  };
}

/** A dashed line each; its words stand at its head as long as they do not run into those before. */
function drawMarks({ ctx: context, bbox, valToPos }: uPlot, marks: readonly Mark[], palette: Palette): void {
  const ratio = uPlot.pxRatio;
  context.save();
  context.strokeStyle = context.fillStyle = palette.best;
  context.lineWidth = ratio;
  context.setLineDash([4 * ratio, 4 * ratio]);
  context.font = `${11 * ratio}px system-ui, sans-serif`;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  let free = -Infinity;
  for (const { x, text } of marks) {
    const at = valToPos(x, "x", true);
    if (!(at >= bbox.left && at <= bbox.left + bbox.width)) continue;
    context.beginPath();
    context.moveTo(at, bbox.top);
    context.lineTo(at, bbox.top + bbox.height);
    context.stroke();
    const width = context.measureText(text).width;
    const left = Math.min(at + 3 * ratio, bbox.left + bbox.width - width);
    if (left < free) continue;
    context.fillText(text, left, bbox.top - 4 * ratio);
    free = left + width + 8 * ratio;
  }
  context.restore();
}
