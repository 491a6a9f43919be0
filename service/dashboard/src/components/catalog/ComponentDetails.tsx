import type { ComponentView } from "../../api/types";
import { formatDefault } from "../../format/catalog";
import { useComponent } from "../../state/queries";
import { CodeBlock } from "../basics/CodeBlock";
import { Conflicts } from "./Conflicts";
import { DataFacts } from "./DataFacts";
import { FieldTable } from "./FieldTable";
import { Page, PageHead, Part } from "./Page";
import { Inline, Prose } from "./Prose";
import { SchedulePanel } from "./SchedulePanel";

/** Everything the catalog knows of one component. */
export function ComponentDetails({ kind, name }: { readonly kind: string; readonly name: string }) {
  return (
    <Page kind={kind} name={name} answer={useComponent(kind, name)}>
      {(component) => <Loaded component={component} />}
    </Page>
  );
}

function Loaded({ component }: { readonly component: ComponentView }) {
  const { kind, name, aliases, formula, source, misconceptions, conflicts, fields, extra, data } = component;
  return (
    <>
      <PageHead kind={kind} name={name} own={component.own}>
        {aliases.length > 0 && <p className="muted">also found as {aliases.join(", ")}</p>}
      </PageHead>
      <div className="prose">
        <Prose text={component.description} />
      </div>
      {data && (
        <Part title="What it is">
          <DataFacts data={data} />
        </Part>
      )}
      {extra && (
        <p className="notice">
          It needs a library of its own: <code>pip install 'studyhall[{extra}]'</code>
        </p>
      )}
      {formula && (
        <section className="panel formula" aria-label="Formula">
          <pre>{formula}</pre>
          {source && <p className="muted">{source}</p>}
        </section>
      )}
      {kind === "schedule" && <SchedulePanel key={name} schedule={component} />}
      {fields.length > 0 && (
        <Part title="Fields">
          <FieldTable fields={fields} />
        </Part>
      )}
      {misconceptions.length > 0 && (
        <Part title="Often said wrongly">
          <ul className="misconceptions">
            {misconceptions.map((text) => (
              <li key={text}>
                <Inline text={text} />
              </li>
            ))}
          </ul>
        </Part>
      )}
      {conflicts.length > 0 && (
        <Part title="Does not go with">
          <Conflicts conflicts={conflicts} />
        </Part>
      )}
      <Part title="In a study">
        <CodeBlock text={exampleOf(component)} />
      </Part>
    </>
  );
}

/** The part of a study that searches this component over its default ranges, or names it. */
function exampleOf({ kind, name, fields }: ComponentView): string {
  if (kind === "data") return `data: ${name}`;
  const ranges = fields.flatMap(({ name: field, search }) =>
    Object.entries(search ?? {}).map(([word, values]) => `${field}: {${word}: ${formatDefault(values)}}`),
  );
  const regularizer = kind === "regularizer";
  const head = regularizer ? ["regularizers:", ranges.length > 0 ? `  ${name}:` : `  ${name}: {}`] : [`${kind}:`, `  name: ${name}`];
  return ["space:", ...[...head, ...ranges.map((range) => `${regularizer ? "    " : "  "}${range}`)].map((line) => `  ${line}`)].join("\n");
}
