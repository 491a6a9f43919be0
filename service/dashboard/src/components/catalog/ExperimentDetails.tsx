import { stringify } from "yaml";
import type { ExperimentView } from "../../api/types";
import { useExperiment } from "../../state/queries";
import { CodeBlock } from "../basics/CodeBlock";
import { Fact, Links } from "./Facts";
import { Page, PageHead, Part } from "./Page";

/** An experiment: its data and model, what a run of it reports, and a study to begin with. */
export function ExperimentDetails({ name }: { readonly name: string }) {
  return (
    <Page kind="experiment" name={name} answer={useExperiment(name)}>
      {(experiment) => <Loaded experiment={experiment} />}
    </Page>
  );
}

function Loaded({ experiment }: { readonly experiment: ExperimentView }) {
  const { name, summary, task, base, target, metrics, config, study } = experiment;
  return (
    <>
      <PageHead kind="experiment" name={name} own={target !== ""} />
      <div className="prose">
        <p>{summary}</p>
      </div>
      <Part title="What it is">
        <dl className="catalog-facts">
          <Fact name="Data">
            <Links kind="data" names={[nameOf(base["data"])]} />
          </Fact>
          <Fact name="Model">
            <Links kind="model" names={[nameOf(base["model"])]} />
          </Fact>
          {task && <Fact name="Task">{task}</Fact>}
          {metrics.length > 0 && <Fact name="Runs report">{metrics.join(", ")}</Fact>}
        </dl>
      </Part>
      <Part title="A study of it">
        <CodeBlock text={study} label="Copy study" />
      </Part>
      <Part title="What a study starts from">
        <CodeBlock text={stringify(config ?? base)} label="Copy config" />
      </Part>
    </>
  );
}

/** The component that a config names, be it by its name alone. */
function nameOf(part: unknown): string {
  return typeof part === "string" ? part : String((part as { readonly name?: unknown } | undefined)?.name ?? "");
}
