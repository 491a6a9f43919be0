import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { ApiError } from "../../api/client";
import type { StudyChanges } from "../../api/studies";
import type { StudyView } from "../../api/types";
import { formatCount } from "../../format/numbers";
import { formatDuration } from "../../format/times";
import { DraftButtons } from "../basics/DraftButtons";
import { ErrorNotice } from "../basics/Notice";
import type { Draft } from "./limits";
import { BUDGETS, changesOf, draftOf } from "./limits";

interface Props {
  readonly study: StudyView;
  readonly onSave: (changes: StudyChanges) => Promise<unknown>;
}

const FIELDS = [
  { name: "max_trials", label: "Trials", hint: "More extend the study, also one that has ended; empty for no limit" },
  { name: "max_concurrent_trials", label: "At once", hint: "Trials that run at the same time" },
  { name: "priority", label: "Priority", hint: "Of studies that wait for the same workers, the greater goes first" },
] as const;
const UNITS = { hours: "hours", epochs: "epochs", cpu_hours: "CPU hours", gpu_hours: "GPU hours" } as const;

/** The limits that may change while a study exists; an empty field is no limit. */
export function Limits({ study, onSave }: Props) {
  const id = useId();
  const [draft, setDraft] = useState<Draft | null>(null);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (changes: StudyChanges) => onSave(changes),
    onSuccess: () => setDraft(null),
  });
  const shown = draft ?? draftOf(study);
  const changes = changesOf(study, shown);
  const problems = error instanceof ApiError ? error.errors : [];
  const problemOf = (name: string) => problems.find(({ path }) => path.split(".").at(-1) === name)?.message;
  const field = (name: keyof Draft, label: string, hint: string) => (
    <div key={name} className="field">
      <label htmlFor={`${id}${name}`}>{label}</label>
      <input
        id={`${id}${name}`}
        inputMode="decimal"
        value={shown[name]}
        aria-invalid={problemOf(name) !== undefined}
        aria-describedby={`${id}${name}-hint`}
        onChange={(event) => setDraft({ ...shown, [name]: event.target.value })}
      />
      <span id={`${id}${name}-hint`} className={problemOf(name) ? "field-problem" : "muted"}>
        {problemOf(name) ?? hint}
      </span>
    </div>
  );
  return (
    <form
      className="limits"
      onSubmit={(event) => {
        event.preventDefault();
        mutate(changes);
      }}
    >
      {FIELDS.map(({ name, label, hint }) => field(name, label, hint))}
      <fieldset>
        <legend>Budget</legend>
        {BUDGETS.map((name) => (
          <div key={name}>
            {field(name, UNITS[name], spentOf(study, name))}
            {typeof study.budget[name] === "number" && <meter aria-label={`${UNITS[name]} spent`} max={study.budget[name]} high={0.9 * study.budget[name]} optimum={0} value={study.spent[name]} />}
          </div>
        ))}
        {study.saved_by_pruning.epochs > 0 && (
          <p className="muted budget-saved">
            Pruning has saved {formatCount(study.saved_by_pruning.epochs)} epochs, about {formatDuration(3600 * study.saved_by_pruning.cpu_hours)} of a CPU.
          </p>
        )}
      </fieldset>
      {error && problems.every(({ path }) => !(path.split(".").at(-1) ?? "" in shown)) && <ErrorNotice error={error} />}
      {draft && <DraftButtons saving={isPending} unchanged={Object.keys(changes).length === 0} onDiscard={() => setDraft(null)} />}
    </form>
  );
}

/** `120 spent, 40 reserved`; as it goes on. */
function spentOf({ spent, reserved_epochs: reserved }: StudyView, name: (typeof BUDGETS)[number]): string {
  if (name === "hours") return `${formatDuration(3600 * spent.hours)} spent training`;
  if (name !== "epochs") return `${formatDuration(3600 * spent[name])} spent`;
  return `${formatCount(spent.epochs)} spent${reserved > 0 ? `, ${formatCount(reserved)} reserved` : ""}`;
}
