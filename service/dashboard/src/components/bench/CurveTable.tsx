import { useState } from "react";
import { axisName, formatX } from "../../charts/scales/axes";
import type { Line } from "../../curves/lines";
import { formatCount, formatValue } from "../../format/numbers";
import type { XAxis } from "../../state/url/bench";
import { TableScroll } from "../basics/TableScroll";

interface Props {
  readonly lines: readonly Line[];
  readonly metric: string;
  readonly axis: XAxis;
  readonly maximize: boolean;
  readonly nameOf: (line: Line) => string;
}

/** What the chart shows in numbers, for who cannot see it or wants them; made when it is opened. */
export function CurveTable({ lines, metric, axis, maximize, nameOf }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <details className="chart-data" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Data</summary>
      {open && (
        <TableScroll label="Numbers">
          <table aria-label={`${metric} in numbers`}>
            <thead>
              <tr>
                {["curve", "half", `last ${axisName(axis)}`, "value there", "band there", "runs there", "best"].map((title) => (
                  <th key={title} scope="col">
                    <span className="heading-title">{title}</span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {[...lines].sort((a, b) => Number(b.band !== null) - Number(a.band !== null)).map((line) => (
                <Row key={`${line.id} ${line.part}`} line={line} axis={axis} maximize={maximize} name={nameOf(line)} />
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </details>
  );
}

interface RowProps {
  readonly line: Line;
  readonly axis: XAxis;
  readonly maximize: boolean;
  readonly name: string;
}

function Row({ line, axis, maximize, name }: RowProps) {
  const { xs, ys, band, part } = line;
  const last = ys.findLastIndex((y) => Number.isFinite(y));
  const known = ys.filter(Number.isFinite);
  const edges = band && [band.low[last], band.high[last]].map((edge) => formatValue(edge));
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{part === "only" ? "" : part}</td>
      <td className="number">{last < 0 ? "–" : formatX(xs[last] as number, axis)}</td>
      <td className="number">{formatValue(ys[last])}</td>
      <td className="number">{edges && Number.isFinite(band?.low[last]) ? edges.join(" to ") : "–"}</td>
      <td className="number">{band ? formatCount(band.n[last] ?? 0) : "1"}</td>
      <td className="number">{formatValue(known.length === 0 ? undefined : known.reduce((a, b) => (maximize === a > b ? a : b)))}</td>
    </tr>
  );
}
