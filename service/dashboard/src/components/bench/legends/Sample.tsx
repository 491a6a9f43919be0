import type { Paint } from "../../../charts/colors";

/** A piece of a line as it is drawn. */
export function Sample({ paint: { color, dash } }: { readonly paint: Paint }) {
  return (
    <svg className="sample" width={22} height={6} aria-hidden="true">
      <line x1={0} x2={22} y1={3} y2={3} stroke={color} strokeWidth={3} strokeDasharray={dash.join(" ")} />
    </svg>
  );
}
