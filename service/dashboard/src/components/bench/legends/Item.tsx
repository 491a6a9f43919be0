import type { ReactNode } from "react";

interface ItemProps {
  readonly color: string | null;
  readonly text: string;
  readonly mark?: "star" | "dot" | "strong" | "cased" | "faint";
  readonly title?: string | undefined;
  readonly children?: ReactNode;
}

const SIGNS: ReadonlyMap<ItemProps["mark"], string> = new Map([["star", "★"], ["dot", "●"]]);

/** What a color of the chart stands for. */
export function Item({ color, text, mark, title, children }: ItemProps) {
  return (
    <li title={title}>
      {color && SIGNS.has(mark) && (
        <span className="legend-star" style={{ color }} aria-hidden="true">
          {SIGNS.get(mark)}
        </span>
      )}
      {color && !SIGNS.has(mark) && <span className={mark ? `swatch swatch-${mark}` : "swatch"} style={{ background: color }} aria-hidden="true" />}
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
