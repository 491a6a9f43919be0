import { useState } from "react";
import { Link } from "wouter";
import type { SavedView } from "../../api/types";
import { formatMoment } from "../../format/times";
import { viewUrl } from "../../state/views";
import { useFocusBack } from "../basics/useFocusBack";

interface Props {
  readonly study: string;
  readonly view: SavedView;
  /** Whether the page shows it now. */
  readonly current: boolean;
  readonly onOpen: () => void;
  readonly onRename: (name: string) => void;
  readonly onDelete: () => void;
}

/** One saved view, or the field in which it gets another name. */
export function ViewEntry({ study, view, current, onOpen, onRename, onDelete }: Props) {
  const [draft, setDraft] = useState<string | null>(null);
  const rename = useFocusBack(draft !== null);
  if (draft !== null) {
    return (
      <li>
        <form
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.stopPropagation();
            setDraft(null);
          }}
          onSubmit={(event) => {
            event.preventDefault();
            const wanted = draft.trim();
            if (wanted !== "" && wanted !== view.name) onRename(wanted);
            setDraft(null);
          }}
        >
          <input aria-label={`Another name for ${view.name}`} autoFocus maxLength={80} autoComplete="off" value={draft} onChange={(event) => setDraft(event.target.value)} />
          <button type="submit" className="button small">
            Rename
          </button>
        </form>
      </li>
    );
  }
  return (
    <li className={current ? "is-current" : ""}>
      <Link href={viewUrl(study, view)} title={`Saved ${formatMoment(view.saved_at)}`} aria-current={current ? "true" : undefined} onClick={onOpen}>
        {view.name} <span className="muted">{view.tab}</span>
      </Link>
      <button ref={rename} type="button" className="link" aria-label={`Rename ${view.name}`} onClick={() => setDraft(view.name)}>
        rename
      </button>
      <button type="button" className="link" aria-label={`Delete ${view.name}`} onClick={onDelete}>
        ✕
      </button>
    </li>
  );
}
