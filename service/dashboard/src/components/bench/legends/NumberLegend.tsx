import type { NumberScale } from "../../../charts/coloring";
import type { Palette } from "../../../charts/colors";
import { formatNumber } from "../../../format/numbers";

/** From which number to which the colors go. */
export function NumberLegend({ name, scale, palette }: { readonly name: string; readonly scale: NumberScale; readonly palette: Palette }) {
  return (
    <li className="legend-numbers">
      {name} <span className="number">{formatNumber(scale.low)}</span>
      <span className="swatch-numbers" style={{ background: `linear-gradient(90deg, ${palette.sequence.join(", ")})` }} aria-hidden="true" />
      <span className="number">{formatNumber(scale.high)}</span>
      {scale.log && <span className="muted">log</span>}
    </li>
  );
}
