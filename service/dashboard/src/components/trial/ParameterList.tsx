import type { Run, TrialView } from "../../api/types";
import { formatResources, formatValue } from "../../format/numbers";
import { formatParameter } from "../../format/parameters";
import { formatDuration } from "../../format/times";
import { useAttempts } from "../../state/queries";
import { AttemptList } from "./AttemptList";

interface Props {
  readonly trial: TrialView;
  readonly run: Run | undefined;
  /** Which epoch of a run counts. */
  readonly reduce: "best" | "last";
}

/** What was sampled for the trial, and how its run went. */
export function ParameterList({ trial, run, reduce }: Props) {
  const parameters = Object.entries(trial.parameters).sort(([a], [b]) => a.localeCompare(b));
  const metrics = Object.entries(run?.metrics ?? trial.metrics).sort(([a], [b]) => a.localeCompare(b));
  return (
    <>
      <dl className="pairs">
        {parameters.map(([name, value]) => (
          <Pair key={name} name={name} value={formatParameter(value)} title={JSON.stringify(value)} />
        ))}
      </dl>
      {metrics.length > 0 && (
        <h3>
          At the {reduce} epoch{typeof run?.metrics_epoch === "number" && ` (${run.metrics_epoch})`}
        </h3>
      )}
      <dl className="pairs">
        {metrics.map(([name, value]) => (
          <Pair key={name} name={name} value={formatValue(value)} title={String(value)} />
        ))}
      </dl>
      {run && (
        <>
          <h3>Run</h3>
          <dl className="pairs">
            <Pair name="epochs" value={String(run.epochs)} />
            <Pair name="training time" value={formatDuration(run.training_time)} />
            <Pair name="seed" value={String(run.seed)} />
            {run.fold !== null && <Pair name="fold" value={String(run.fold)} />}
            <Pair name="attempt" value={String(run.attempt)} />
            {run.worker && <Pair name="worker" value={run.worker} />}
            <DevicePair run={run} />
            <Pair name="id" value={run.id} />
          </dl>
          <AttemptList run={run} />
        </>
      )}
    </>
  );
}

/** What it trains on, or trained on last. */
function DevicePair({ run }: { readonly run: Run }) {
  const attempt = useAttempts(run).data?.at(-1);
  if (!attempt) return null;
  const { cpus, gpus, node } = attempt;
  const device = formatResources({ cpus, gpus });
  return <Pair name="device" value={node ? `${device} on ${node}` : device} />;
}

function Pair({ name, value, title }: { readonly name: string; readonly value: string; readonly title?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd title={title}>{value}</dd>
    </div>
  );
}
