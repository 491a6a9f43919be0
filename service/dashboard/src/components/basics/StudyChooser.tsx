import { useId, useState } from "react";
import { useStudies } from "../../state/queries";

interface Props {
  readonly taken: readonly string[];
  readonly onAdd: (study: string) => void;
  /** What the button says. */
  readonly action?: string;
}

const ALL = { filter: null, state: null } as const;

/** Names one more study to compare with: any name, with the newest to choose from. */
export function StudyChooser({ taken, onAdd, action = "Add" }: Props) {
  const [draft, setDraft] = useState("");
  const names = useId();
  const { data } = useStudies(ALL);
  const others = (data?.pages.flatMap(({ items }) => items) ?? []).filter(({ name }) => !taken.includes(name));
  return (
    <form
      className="study-chooser"
      onSubmit={(event) => {
        event.preventDefault();
        if (draft.trim() !== "") onAdd(draft.trim());
        setDraft("");
      }}
    >
      <input list={names} aria-label="Another study" placeholder="Another study" autoComplete="off" spellCheck={false} value={draft} onChange={(event) => setDraft(event.target.value)} />
      <datalist id={names}>
        {others.map(({ name, experiment }) => (
          <option key={name} value={name}>
            {experiment}
          </option>
        ))}
      </datalist>
      <button type="submit" className="button" disabled={draft.trim() === ""}>
        {action}
      </button>
    </form>
  );
}
