import type { Coloring } from "../../../charts/coloring";
import type { Paint } from "../../../charts/colors";
import type { Group, Grouping } from "../../../curves/groups/groups";
import { plural } from "../../../format/numbers";
import { ofTrials, renamed } from "../../../curves/groups/names";
import { Rename } from "./Rename";
import { Sample } from "./Sample";
import type { ChangeBench } from "../../../state/url/useBench";

interface Props {
  readonly grouping: Grouping;
  readonly coloring: Coloring;
  readonly hidden: readonly string[];
  readonly names: readonly string[];
  readonly onChange: ChangeBench;
}

/** The groups with their colors and their numbers of runs; each can be hidden, shown alone, or called otherwise. */
export function GroupLegend({ grouping: { by, groups }, coloring, hidden, names, onChange }: Props) {
  const out = new Set(hidden);
  const toggle = (key: string) => onChange({ hidden: out.has(key) ? hidden.filter((other) => other !== key) : [...hidden, key] });
  const others = (key: string) => groups.flatMap((group) => (group.key === key ? [] : [group.key]));
  const isAlone = (key: string) => groups.length > 1 && groups.every((group) => out.has(group.key) === (group.key !== key));
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
          onRename={(name) => onChange({ names: renamed(names, group.key, name) })}
          onAlone={() => onChange({ hidden: [...ofTrials(hidden), ...(isAlone(group.key) ? [] : others(group.key))] })}
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
  readonly onRename: (name: string) => void;
}

function Entry({ group: { label, runIds }, paint, hidden, alone, onToggle, onAlone, onRename }: EntryProps) {
  return (
    <li className={hidden ? "legend-entry is-hidden" : "legend-entry"}>
      <button type="button" aria-pressed={!hidden} title={hidden ? `Show ${label}` : `Hide ${label}`} onClick={onToggle}>
        <Sample paint={paint} /> {label} <span className="muted number">{plural(runIds.length, "run")}</span>
      </button>
      <span className={alone ? "legend-acts is-alone" : "legend-acts"}>
        <button type="button" className="legend-act" aria-pressed={alone} aria-label={`Only ${label}`} onClick={onAlone}>
          {alone ? "all" : "only"}
        </button>
        <Rename label={label} onRename={onRename} />
      </span>
    </li>
  );
}
