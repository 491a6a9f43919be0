import { Link } from "wouter";
import { CodeBlock } from "../basics/CodeBlock";
import { Empty } from "../basics/Notice";

const COMMAND = "studyhall submit digits";

/** The list before there is a study: how to get one. */
export function FirstStudy() {
  return (
    <Empty title="No studies yet" picture="/icon.svg">
      <p>Submit one, and it appears here with its curves as they are drawn. A ready-made one takes about two minutes:</p>
      <p>
        <Link className="button primary" href="/studies/new?ready=digits">
          Look at it, and submit it
        </Link>
      </p>
      <p>Or from a shell:</p>
      <CodeBlock text={COMMAND} label="Copy command" />
      <p>
        Or <Link href="/studies/new">write your own</Link>: YAML that names an experiment, a search space and a sampler. The request for programs is{" "}
        <a href="/api/docs">described in the API pages</a>.
      </p>
    </Empty>
  );
}
