import type { Coloring } from "../../charts/coloring";
import type { Paint } from "../../charts/colors";
import type { Group, Grouping } from "../../curves/groups";
import { plural } from "../../format/numbers";
import { Sample } from "./Sample";
import type { ChangeBench } from "../../state/useBench";

interface Props {
  readonly grouping: Grouping;
  readonly coloring: Coloring;
  readonly hidden: readonly string[];
  readonly onChange: ChangeBench;
}

/** The groups with their colors and their numbers of runs; each can be hidden, or shown alone. */
export function GroupLegend({ grouping: { by, groups }, coloring, hidden, onChange }: Props) {
  const out = new Set(hidden);
  const toggle = (key: string) => onChange({ hidden: out.has(key) ? hidden.filter((other) => other !== key) : [...hidden, key] });
  const others = (key: string) => groups.flatMap((group) => (group.key === key ? [] : [group.key]));
  const isAlone = (key: string) => !out.has(key) && out.size === groups.length - 1 && groups.length > 1;
  return (
    <ul className="legend" aria-label="Groups">
      <li className="muted">{by}</li>
      {groups.map((group) => (
        <Entry
          key={group.key}
          group={group}
          paint={coloring.paintOf(group)}
          hidden={out.has(group.key)}
          alone={isAlone(group.key)}
          onToggle={() => toggle(group.key)}
          onAlone={() => onChange({ hidden: isAlone(group.key) ? [] : others(group.key) })}
        />
      ))}
    </ul>
  );
}

interface EntryProps {
  readonly group: Group;
  readonly paint: Paint;
  readonly hidden: boolean;
  readonly alone: boolean;
  readonly onToggle: () => void;
  readonly onAlone: () => void;
}

function Entry({ group: { label, runIds }, paint, hidden, alone, onToggle, onAlone }: EntryProps) {
  return (
    <li className={hidden ? "legend-entry is-hidden" : "legend-entry"}>
      <button type="button" aria-pressed={!hidden} title={hidden ? `Show ${label}` : `Hide ${label}`} onClick={onToggle}>
        <Sample paint={paint} /> {label} <span className="muted number">{plural(runIds.length, "run")}</span>
      </button>
      <button type="button" className="legend-alone" aria-pressed={alone} aria-label={`Only ${label}`} onClick={onAlone}>
        {alone ? "all" : "only"}
      </button>
    </li>
  );
}
