import { useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { stringify } from "yaml";
import { changeStudy, studyUrl } from "../../api/studies";
import type { StudyView } from "../../api/types";
import { useParameter } from "../../state/url/selection";
import { Annotations } from "../basics/Annotations";
import { CodeBlock } from "../basics/CodeBlock";
import { StudyChooser } from "../basics/StudyChooser";
import { DefinitionDiff } from "./DefinitionDiff";
import { Limits } from "./Limits";
import { Origin } from "./Origin";

/** The study as it was submitted or against another one, its code, and what may still change of it. */
export function ConfigTab({ study }: { readonly study: StudyView }) {
  const [against, setAgainst] = useParameter("against");
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ["study", study.name] });
  return (
    <div className="config-columns">
      <section className="panel padded" aria-label="Definition">
        <header className="section-head">
          <h2>Definition</h2>
          <span className="section-tools">
            <a href={studyUrl(study.name)}>as JSON</a>
            <Link className="button small" href={`/studies/new?study=${encodeURIComponent(study.name)}`}>
              Clone
            </Link>
          </span>
        </header>
        {against === null ? (
          <StudyChooser taken={[study.name]} onAdd={setAgainst} action="Show what differs" />
        ) : (
          <button type="button" className="button small diff-leave" onClick={() => setAgainst(null)}>
            Show the whole definition
          </button>
        )}
        {against === null ? <CodeBlock text={stringify(study.definition)} label="Copy YAML" /> : <DefinitionDiff study={study} against={against} />}
      </section>
      <div className="config-side">
        <section className="panel padded" aria-label="Limits">
          <h2>How far it goes</h2>
          <Limits key={study.id} study={study} onSave={(changes) => changeStudy(study.name, changes).then(refresh)} />
        </section>
        <section className="panel padded" aria-label="Code">
          <h2>Code</h2>
          <Origin provenance={study.provenance} />
        </section>
        <section className="panel padded" aria-label="Notes and tags">
          <h2>Notes and tags</h2>
          <Annotations notes={study.notes} tags={study.tags} onSave={(wanted) => changeStudy(study.name, wanted).then(refresh)} />
        </section>
      </div>
    </div>
  );
}
