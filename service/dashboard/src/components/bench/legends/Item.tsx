import type { ReactNode } from "react";

interface ItemProps {
  readonly color: string | null;
  readonly text: string;
  readonly mark?: "star" | "strong" | "cased" | "faint";
  readonly children?: ReactNode;
}

/** What a color of the chart stands for. */
export function Item({ color, text, mark, children }: ItemProps) {
  return (
    <li>
      {color && mark === "star" && (
        <span className="legend-star" style={{ color }} aria-hidden="true">
          ★
        </span>
      )}
      {color && mark !== "star" && <span className={mark ? `swatch swatch-${mark}` : "swatch"} style={{ background: color }} aria-hidden="true" />}
      {text}
      {children}
    </li>
  );
}

/** What can be done with it. */
export function Act({ name, title, onClick }: { readonly name: string; readonly title: string; readonly onClick: () => void }) {
  return (
    <button type="button" className="link" title={title} aria-label={title} onClick={onClick}>
      {name}
    </button>
  );
}
