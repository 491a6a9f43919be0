import { useEffect } from "react";
import { Link } from "wouter";
import type { StudyView } from "../../api/types";
import { useTrial } from "../../state/queries";
import { useParameter } from "../../state/url/selection";
import { ErrorNotice, Loading } from "../basics/Notice";
import { StateBadge } from "../basics/StateBadge";
import { Artifacts } from "./Artifacts";
import { ConfigYaml } from "./ConfigYaml";
import { ParameterList } from "./ParameterList";
import { RunLog } from "./RunLog";
import { RunPicker } from "./RunPicker";
import { TrialSummary } from "./TrialSummary";

interface Props {
  readonly study: StudyView;
  readonly number: number;
  readonly run: string | null;
  readonly onSelectRun: (run: string) => void;
  readonly onClose: () => void;
}

/** There Escape empties the field, or closes its choices. */
function isTypedInto(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches("input, textarea, select");
}

const TABS = ["Parameters", "Config", "Artifacts", "Log"] as const;

/** Everything about one trial. */
export function TrialPanel({ study, number, run: chosen, onSelectRun, onClose }: Props) {
  const [named, setNamed] = useParameter("view");
  const tab = TABS.find((name) => name.toLowerCase() === named) ?? "Parameters";
  const { data: trial, error, refetch } = useTrial(study.name, number);
  useEffect(() => {
    const leave = ({ key, target }: KeyboardEvent) => key === "Escape" && !isTypedInto(target) && !document.querySelector("dialog[open]") && onClose();
    document.addEventListener("keydown", leave);
    return () => document.removeEventListener("keydown", leave);
  }, [onClose]);
  const runs = trial?.runs ?? [];
  const run = runs.find(({ id }) => id === chosen) ?? runs[0];
  return (
    <aside className="panel trial-panel" aria-label={`Trial ${number}`}>
      <header className="panel-head">
        <h2>
          Trial {number} {trial && <StateBadge state={trial.state} />} {trial?.best && <span className="best-mark">best seen</span>}
        </h2>
        <Link className="button small" href={`/studies/${encodeURIComponent(study.name)}/trials/${number}`}>
          Details
        </Link>
        <button type="button" className="button small" aria-label="Close the trial" onClick={onClose}>
          ✕
        </button>
      </header>
      {error && !trial && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!trial && !error && <Loading what="the trial" />}
      {trial && (
        <>
          <TrialSummary study={study} trial={trial}>
            {(run?.links.mlflow ?? trial.links.mlflow) && (
              <a href={run?.links.mlflow ?? trial.links.mlflow ?? ""} target="_blank" rel="noreferrer">
                Open in MLflow ↗
              </a>
            )}
          </TrialSummary>
          <RunPicker runs={runs} selected={run?.id ?? null} onSelect={onSelectRun} />
          <div className="tabs" role="tablist">
            {TABS.map((name) => (
              <button key={name} type="button" role="tab" aria-selected={name === tab} onClick={() => setNamed(name === "Parameters" ? null : name.toLowerCase())}>
                {name}
              </button>
            ))}
          </div>
          <div className="tab-body" role="tabpanel" aria-label={tab}>
            {tab === "Parameters" && <ParameterList trial={trial} run={run} reduce={study.objective.reduce} />}
            {tab === "Config" && <ConfigYaml trial={trial} run={run} />}
            {tab === "Artifacts" && <Artifacts run={run} />}
            {tab === "Log" && <RunLog run={run} />}
          </div>
        </>
      )}
    </aside>
  );
}
