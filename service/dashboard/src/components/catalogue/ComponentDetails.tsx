import { useEffect } from "react";
import { Link } from "wouter";
import type { ReactNode } from "react";
import { ApiError } from "../../api/client";
import type { ComponentView } from "../../api/types";
import { formatDefault } from "../../format/catalogue";
import { NotFoundPage } from "../../pages/NotFoundPage";
import { useComponent } from "../../state/queries";
import { useTitle } from "../../state/title";
import { CodeBlock } from "../basics/CodeBlock";
import { ErrorNotice, Loading } from "../basics/Notice";
import { Conflicts } from "./Conflicts";
import { FieldTable } from "./FieldTable";
import { Inline, Prose } from "./Prose";
import { SchedulePanel } from "./SchedulePanel";

/** Everything the catalogue knows of one component. */
export function ComponentDetails({ kind, name }: { readonly kind: string; readonly name: string }) {
  useTitle(name);
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [kind, name]);
  const { data: component, error, refetch } = useComponent(kind, name);
  if (error instanceof ApiError && error.status === 404) return <NotFoundPage what={`There is no ${kind} “${name}”`} />;
  if (!component) return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <Loading what="the component" />;
  return <Loaded component={component} />;
}

function Loaded({ component }: { readonly component: ComponentView }) {
  const { kind, name, aliases, formula, source, misstatements, conflicts, fields, extra } = component;
  return (
    <article className="component">
      <header>
        <p className="crumb">
          <Link href="/catalogue">Catalogue</Link> / <Link href={`/catalogue/${kind}`}>{kind}</Link>
        </p>
        <h1>
          {name}
          {component.own && <span className="badge badge-completed">your own</span>}
        </h1>
        {aliases.length > 0 && <p className="muted">also found as {aliases.join(", ")}</p>}
      </header>
      <div className="prose">
        <Prose text={component.description} />
      </div>
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
      {misstatements.length > 0 && (
        <Part title="Often said wrongly">
          <ul className="misstatements">
            {misstatements.map((text) => (
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
    </article>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="component-part" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
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
