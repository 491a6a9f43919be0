import { useRef } from "react";
import type { FieldProblem } from "../../api/client";
import { ApiError } from "../../api/client";
import type { ComponentView, Hyperparameter } from "../../api/types";
import { FactorChart } from "../../charts/FactorChart";
import { readValue } from "../../format/catalog";
import { formatCount } from "../../format/numbers";
import { useSchedulePreview } from "../../state/queries";
import { useParameters } from "../../state/url/selection";
import { ErrorNotice, Loading } from "../basics/Notice";
import { FieldInput } from "./FieldInput";

const RUN: readonly Hyperparameter[] = [
  { name: "epochs", type: "integer", default: 20, help: "Epochs of the run", search: { log_int: [1, 200] } },
  { name: "steps_per_epoch", type: "integer", default: 25, help: "Optimizer steps of an epoch", search: { log_int: [1, 500] } },
].map((field) => ({ ...field, required: false, bounds: {}, bound_source: "" }));

/** The curve of a schedule, drawn anew whenever a field changes. Nothing is trained for it. */
export function SchedulePanel({ schedule }: { readonly schedule: ComponentView }) {
  const [typed, set, clear] = useParameters();
  const fields = valuesOf(schedule.fields, typed);
  const run = { epochs: 20, steps_per_epoch: 25, ...valuesOf(RUN, typed) };
  const { data, error } = useSchedulePreview({ name: schedule.name, ...fields }, run);
  const drawn = useRef(data);
  if (data) drawn.current = data;
  const preview = drawn.current; // while fields are refused, the last curve stays
  const problems = error instanceof ApiError ? error.errors : [];
  const problemOf = (name: string) => problems.find(({ path }) => path.split(".").includes(name))?.message;
  return (
    <section className="panel schedule-panel" aria-label="Preview">
      <div className="schedule-chart">
        {preview ? <FactorChart preview={preview} label={`factor of ${schedule.name} over the run`} /> : error ? null : <Loading what="the curve" />}
        {problems.length > 0 ? <Problems problems={problems} /> : error && <ErrorNotice error={error} />}
        {preview?.assumption && <p className="muted assumption">Drawn as if {preview.assumption}.</p>}
      </div>
      <form className="schedule-fields" onSubmit={(event) => event.preventDefault()}>
        {[...schedule.fields, ...RUN].map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            text={typed.get(field.name)}
            problem={problemOf(field.name)}
            onChange={(text) => set(field.name, text, { going: true })}
          />
        ))}
        <p className="muted schedule-foot">
          {preview && `${formatCount(preview.steps)} optimizer steps`}
          {typed.size > 0 && (
            <button type="button" className="link" onClick={clear}>
              Back to the defaults
            </button>
          )}
        </p>
      </form>
    </section>
  );
}

/** What the server refuses, field by field. */
function Problems({ problems }: { readonly problems: readonly FieldProblem[] }) {
  return (
    <div className="notice notice-error" role="alert">
      {problems.map(({ path, message }) => (
        <p key={`${path} ${message}`}>
          <code>{path.split(".").at(-1)}</code> {message}
        </p>
      ))}
    </div>
  );
}

function valuesOf(fields: readonly Hyperparameter[], typed: URLSearchParams): Record<string, unknown> {
  const given = fields.flatMap((field) => {
    const text = typed.get(field.name);
    return text === null ? [] : [[field.name, readValue(text, field)]];
  });
  return Object.fromEntries(given) as Record<string, unknown>;
}
