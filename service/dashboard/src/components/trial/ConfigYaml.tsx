import { stringify } from "yaml";
import type { Run, TrialView } from "../../api/types";
import { CodeBlock } from "../basics/CodeBlock";

/** The trial as a study that repeats it, and the configuration of its run; each as the command takes it. */
export function ConfigYaml({ trial, run }: { readonly trial: TrialView; readonly run: Run | undefined }) {
  const config = run ? { ...trial.config, seed: run.seed, fold: run.fold } : trial.config;
  return (
    <>
      <h3>
        To be submitted again: <code>studyhall submit FILE</code>
      </h3>
      <CodeBlock text={stringify(trial.rerun)} label="Copy study" />
      <h3>
        One run without a service: <code>studyhall train FILE</code>
      </h3>
      <CodeBlock text={stringify(config)} label="Copy config" />
    </>
  );
}
