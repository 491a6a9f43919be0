import type { Coloring } from "../../../charts/coloring";
import type { Palette } from "../../../charts/colors";
import type { Names } from "../../../curves/groups/names";
import { ofTrials, renamed, trialMark } from "../../../curves/groups/names";
import type { BenchView } from "../../../state/url/bench";
import type { StudyView } from "../../../api/types";
import type { ChangeBench } from "../../../state/url/useBench";
import { Act, Item } from "./Item";
import { Rename } from "./Rename";

interface Props {
  readonly best: string | null;
  /** How many runs the best trial has. */
  readonly nBest: number;
  /** Whether runs are grouped by a parameter, so that the best trial's are drawn as all others. */
  readonly grouped: boolean;
  /** By what runs are judged, and which epoch of a run counts. */
  readonly objective: StudyView["objective"] | undefined;
  /** The halves of the metric that is drawn. */
  readonly drawn: readonly (string | null)[];
  readonly selected: string | null;
  readonly bench: BenchView;
  readonly names: Names;
  readonly coloring: Coloring | null;
  readonly palette: Palette;
  readonly onChange: ChangeBench;
}

/** The trials that stand out, what can be done with each, and those that were hidden. */
export function TrialLegend({ best, nBest, grouped, objective, drawn, selected, bench, names, coloring, palette, onChange }: Props) {
  const { pins, baseline, hidden, alone } = bench;
  const colorOf = (trial: string) => coloring?.paints.get(trial)?.color;
  const chosen = [...new Set([selected, ...pins].filter((trial) => trial !== null))];
  const marks = ofTrials(hidden);
  const byAnother = objective && objective.reduce === "best" && !drawn.includes(objective.metric) ? ` by ${objective.metric}` : "";
  const counting = `each run counts at its ${objective?.reduce ?? "best"} epoch${byAnother}`;
  const item = (trial: string) => {
    const name = names.ofTrial(trial);
    const [pinned, mark] = [pins.includes(trial), trialMark(trial)];
    return (
      <Item key={trial} color={colorOf(trial) ?? palette.selected} text={trial === selected ? `selected, ${name}` : name} mark={trial === selected && coloring ? "cased" : "strong"}>
        {!pinned && <Act name="pin" title={`Pin: keep the emphasis of ${name}`} onClick={() => onChange({ pins: [...pins, trial] })} />}
        {baseline !== trial && <Act name="baseline" title={`Baseline: hold the others against ${name}`} onClick={() => onChange({ baseline: trial })} />}
        {!hidden.includes(mark) && <Act name="hide" title={`Hide ${name}`} onClick={() => onChange({ hidden: [...hidden, mark] })} />}
        <Rename label={name} onRename={(wanted) => onChange({ names: renamed(bench.names, mark, wanted) })} />
        {pinned && <Act name="✕" title={`Unpin ${name}`} onClick={() => onChange({ pins: pins.filter((other) => other !== trial) })} />}
      </Item>
    );
  };
  return (
    <>
      {best !== null && (
        <>
          <Item color={colorOf(best) ?? palette.best} text={`best, ${names.ofTrial(best)}`} {...markOf(nBest, grouped, counting)} />
          <li className="muted">{counting}</li>
        </>
      )}
      {chosen.map(item)}
      {baseline !== null && (
        <Item color={palette.baseline} text={`baseline, ${names.ofTrial(baseline)}`}>
          <Act name="✕" title="No baseline" onClick={() => onChange({ baseline: null })} />
        </Item>
      )}
      {(chosen.length > 0 || baseline !== null || alone) && (
        <li>
          <button type="button" className="link" aria-pressed={alone} title={alone ? "Show the other trials again" : "Hide all trials but these"} onClick={() => onChange({ alone: !alone })}>
            {alone ? "show all" : "only these"}
          </button>
        </li>
      )}
      {marks.map((mark) => {
        const name = names.ofTrial(mark.slice(trialMark("").length));
        return (
          <li key={mark}>
            hidden, {name} <Act name="show" title={`Show ${name}`} onClick={() => onChange({ hidden: hidden.filter((other) => other !== mark) })} />
          </li>
        );
      })}
    </>
  );
}

/** A single run has a star where it counts; of several the value is their mean, which lies on no curve. */
function markOf(nRuns: number, grouped: boolean, counting: string) {
  if (nRuns <= 1) return { mark: "star", title: `The star stands where it is judged: ${counting}` } as const;
  const title = `Its value is that of ${nRuns} runs together, and no point of a middle: ${counting}`;
  return grouped ? ({ mark: "strong", title } as const) : ({ mark: "dot", title: `${title}, where it has a dot` } as const);
}
