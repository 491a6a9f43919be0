import { useState } from "react";
import { useFocusBack } from "../../basics/useFocusBack";

interface Props {
  readonly label: string;
  /** With nothing it has its own name again. */
  readonly onRename: (name: string) => void;
}

/** A button that becomes the field for another name; Enter takes it, Escape leaves it. */
export function Rename({ label, onRename }: Props) {
  const [draft, setDraft] = useState<string | null>(null);
  const button = useFocusBack(draft !== null);
  if (draft === null) {
    return (
      <button ref={button} type="button" className="legend-act" aria-label={`Rename ${label}`} title={`Rename ${label}`} onClick={() => setDraft(label)}>
        ✎
      </button>
    );
  }
  return (
    <form
      className="legend-rename"
      onSubmit={(event) => {
        event.preventDefault();
        onRename(draft);
        setDraft(null);
      }}
    >
      <input
        aria-label={`Another name for ${label}; empty for its own`}
        autoFocus
        maxLength={60}
        value={draft}
        onFocus={(event) => event.target.select()}
        onBlur={() => setDraft(null)}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          setDraft(null);
        }}
      />
    </form>
  );
}
