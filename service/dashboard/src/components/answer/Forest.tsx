import type { ReactNode } from "react";
import { formatConfidence } from "../../format/answers";
import { formatNumber } from "../../format/numbers";

export interface Estimate {
  readonly key: string;
  readonly label: ReactNode;
  /** The color of its curves; null for none. */
  readonly color: string | null;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly note: string;
  /** Of its interval; .95 unless it is said. */
  readonly confidence?: number;
  /** What does not fit beside the picture: a line of its own below. */
  readonly detail?: ReactNode;
  readonly title?: string;
}

interface Props {
  readonly label: string;
  readonly rows: readonly Estimate[];
  /** Up to which distance from zero a difference does not matter; null where values are no differences. */
  readonly margin: number | null;
}

const ROOM = 0.06;

/** Estimates with their intervals on one scale. */
export function Forest({ label, rows, margin }: Props) {
  const ends = rows.flatMap(({ value, low, high }) => [value, low, high]).filter((end) => end !== null);
  if (ends.length === 0) return null;
  const around = margin === null ? ends : [...ends, -margin, margin];
  const [least, greatest] = [Math.min(...around), Math.max(...around)];
  const room = (greatest - least || Math.abs(least) || 1) * ROOM;
  const at = (value: number) => `${(100 * (value - least + room)) / (greatest - least + 2 * room)}%`;
  return (
    <ul className="forest" aria-label={label}>
      {rows.map((row) => (
        <li key={row.key} title={row.title}>
          <span className="forest-name">
            {row.color && <span className="swatch" style={{ background: row.color }} aria-hidden="true" />} {row.label}
          </span>
          <Whisker row={row} margin={margin} at={at} />
          <span className="number">
            {row.value === null ? "–" : margin !== null && row.value > 0 ? `+${formatNumber(row.value)}` : formatNumber(row.value)}{" "}
            <span className="muted">{row.note}</span>
          </span>
          {row.detail && <span className="forest-detail muted">{row.detail}</span>}
        </li>
      ))}
    </ul>
  );
}

interface WhiskerProps {
  readonly row: Estimate;
  readonly margin: number | null;
  readonly at: (value: number) => string;
}

function Whisker({ row: { value, low, high, color, confidence = 0.95 }, margin, at }: WhiskerProps) {
  return (
    <svg width="100%" height={18} role="img" aria-label={low === null || high === null ? "no interval" : `${formatNumber(low)} to ${formatNumber(high)} at ${formatConfidence(confidence)}`}>
      {margin !== null && (
        <>
          <rect className="forest-margin" x={at(-margin)} width={`calc(${at(margin)} - ${at(-margin)})`} y={0} height={18} />
          <line className="forest-zero" x1={at(0)} x2={at(0)} y1={0} y2={18} />
        </>
      )}
      {low !== null && high !== null && <line className="forest-interval" x1={at(low)} x2={at(high)} y1={9} y2={9} stroke={color ?? "currentColor"} />}
      {value !== null && <circle cx={at(value)} cy={9} r={4} fill={color ?? "currentColor"} />}
    </svg>
  );
}
