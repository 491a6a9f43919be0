import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { DraftButtons } from "./DraftButtons";
import { ErrorNotice } from "./Notice";

export interface Annotated {
  readonly notes: string;
  readonly tags: readonly string[];
}

interface Props extends Annotated {
  readonly onSave: (wanted: { notes: string; tags: string[] }) => Promise<unknown>;
}

/** Notes and tags, as text that is saved by a button; what was typed stays until it is. */
export function Annotations({ notes, tags, onSave }: Props) {
  const [draft, setDraft] = useState<{ notes: string; tags: string } | null>(null);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (wanted: { notes: string; tags: string[] }) => onSave(wanted),
    onSuccess: () => setDraft(null),
  });
  const shown = draft ?? { notes, tags: tags.join(", ") };
  return (
    <form
      className="annotations"
      onSubmit={(event) => {
        event.preventDefault();
        mutate({ notes: shown.notes, tags: splitTags(shown.tags) });
      }}
    >
      <label>
        Tags
        <input value={shown.tags} placeholder="baseline, keep" onChange={(event) => setDraft({ ...shown, tags: event.target.value })} />
      </label>
      <label>
        Notes
        <textarea rows={3} value={shown.notes} onChange={(event) => setDraft({ ...shown, notes: event.target.value })} />
      </label>
      {error && <ErrorNotice error={error} />}
      {draft && <DraftButtons saving={isPending} onDiscard={() => setDraft(null)} />}
    </form>
  );
}

function splitTags(text: string): string[] {
  return [...new Set(text.split(",").map((tag) => tag.trim()).filter(Boolean))];
}
