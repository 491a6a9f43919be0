interface Props {
  readonly saving: boolean;
  /** Whether there is nothing to save yet. */
  readonly unchanged?: boolean;
  readonly onDiscard: () => void;
}

/** What becomes of a draft; the form that it stands in is submitted to save it. */
export function DraftButtons({ saving, unchanged = false, onDiscard }: Props) {
  return (
    <div className="form-buttons">
      <button type="submit" className="button primary" disabled={saving || unchanged}>
        {saving ? "Saving…" : "Save"}
      </button>
      <button type="button" className="button" onClick={onDiscard}>
        Discard
      </button>
    </div>
  );
}
