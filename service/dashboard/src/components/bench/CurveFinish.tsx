import { ofTrials } from "../../curves/groups/names";
import type { Column } from "../../format/columns";
import type { Band, BenchView, Center, Survivors } from "../../state/url/bench";
import { BANDS_OF, SMOOTHEST } from "../../state/url/bench";
import type { ChangeBench } from "../../state/url/useBench";
import { Choice } from "../basics/Choice";

interface Props {
  readonly bench: BenchView;
  readonly onChange: ChangeBench;
  /** Whether there are groups of several runs. */
  readonly grouped: boolean;
  /** Whether the metric has a training and a validation half. */
  readonly halves: boolean;
  readonly columns: readonly Column[];
}

const CENTERS: readonly { readonly value: Center; readonly label: string }[] = [
  { value: "mean", label: "mean" },
  { value: "median", label: "median" },
];

const BANDS: Readonly<Record<Band, { readonly label: string; readonly title: string }>> = {
  ci95: { label: "95 % interval", title: "Where the mean of the group lies, by Student's t: it narrows as runs are added" },
  sd: { label: "standard deviation", title: "How far runs lie apart: it stays as runs are added" },
  se: { label: "standard error", title: "The standard deviation of the mean" },
  quartiles: { label: "quartiles", title: "The middle half of the runs" },
  minmax: { label: "min to max", title: "From the least to the greatest run" },
  none: { label: "none", title: "The middle alone" },
};

const SURVIVORS: readonly { readonly value: Survivors; readonly label: string; readonly title: string }[] = [
  { value: "as_is", label: "as far as they came", title: "Pruning leaves the better ones: where n falls, a middle may rise though no run does" },
  { value: "reached_x", label: "only those that reached the end", title: "The same runs at every x: those that came as far as any of their group" },
  { value: "carry_last", label: "ended ones carried on", title: "A run that ended counts on with its last value" },
];

/** How curves are made legible: the groups' middles and bands, smoothing, and the axes. */
export function CurveFinish({ bench, onChange, grouped, halves, columns }: Props) {
  return (
    <div className="controls controls-finish">
      {grouped && (
        <>
          <Choice label="Middle" value={bench.center} options={CENTERS} onChange={(center) => onChange({ center })} />
          <Choice label="Band" value={bench.band} options={BANDS_OF[bench.center].map((value) => ({ value, ...BANDS[value] }))} onChange={(band) => onChange({ band })} />
          <Choice label="Runs" value={bench.survivors} options={SURVIVORS} onChange={(survivors) => onChange({ survivors })} />
          <Check label="each run" title="Draw the runs beneath the middle of their group" checked={bench.members} onChange={(members) => onChange({ members })} />
        </>
      )}
      <By label="Line style" none="the same" columns={columns} by={bench.dash} onChange={(dash) => onChange({ dash, hidden: ofTrials(bench.hidden) })} />
      <By label="Charts" none="one" columns={columns} by={bench.facet} onChange={(facet) => onChange({ facet })} />
      <By label="Rows" none="one" columns={columns} by={bench.row} onChange={(row) => onChange({ row })} />
      {halves && <Check label="halves apart" title="Training and validation curves in charts of their own" checked={bench.apart} onChange={(apart) => onChange({ apart })} />}
      <label title="Half-life of the average, in percent of the axis; it begins anew where a run was resumed">
        Smoothing
        <input type="range" min={0} max={SMOOTHEST} step={0.5} value={bench.smoothing} onChange={(event) => onChange({ smoothing: Number(event.target.value) }, true)} />
        <output className="number">{bench.smoothing === 0 ? "off" : `${bench.smoothing} %`}</output>
      </label>
      <Check label="best so far" title="The best value up to each point" checked={bench.bestSoFar} onChange={(bestSoFar) => onChange({ bestSoFar })} />
      <Check label="log x" title="A logarithmic horizontal axis" checked={bench.logX} onChange={(logX) => onChange({ logX })} />
    </div>
  );
}

interface ByProps {
  readonly label: string;
  /** What it is while no parameter is chosen. */
  readonly none: string;
  readonly columns: readonly Column[];
  readonly by: string | null;
  readonly onChange: (by: string | null) => void;
}

/** The parameter whose values are told apart so. */
function By({ label, none, columns, by, onChange }: ByProps) {
  const known = columns.some(({ key }) => key === by);
  const options = [{ value: "", label: none }, ...columns.map(({ key }) => ({ value: key, label: `by ${key}` }))];
  return <Choice label={label} value={known && by !== null ? by : ""} options={options} onChange={(chosen) => onChange(chosen || null)} />;
}

interface CheckProps {
  readonly label: string;
  readonly title: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

function Check({ label, title, checked, onChange }: CheckProps) {
  return (
    <label className="check" title={title}>
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} /> {label}
    </label>
  );
}
