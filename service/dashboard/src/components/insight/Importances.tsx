import type { Importances as Found } from "../../api/types";

interface Props {
  readonly items: Found["items"];
  /** The parameter whose effect is shown. */
  readonly chosen: string | null;
  readonly onChoose: (parameter: string) => void;
}

/** How much each parameter decides, as bars; each name is whole in its title where the bar leaves it no room. */
export function Importances({ items, chosen, onChoose }: Props) {
  const most = Math.max(...items.map(({ importance }) => importance)) || 1;
  return (
    <ol className="importances">
      {items.map(({ parameter, importance }) => (
        <li key={parameter}>
          <button type="button" title={`${parameter}: ${(100 * importance).toFixed(1)} % of what decides`} aria-pressed={parameter === chosen} onClick={() => onChoose(parameter)}>
            <span className="importance-name">{parameter}</span>
            <span className="importance-bar" style={{ width: `${(100 * importance) / most}%` }} aria-hidden="true" />
            <span className="muted number">{Math.round(100 * importance)} %</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
