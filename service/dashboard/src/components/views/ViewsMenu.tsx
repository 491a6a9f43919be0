import { useEffect, useRef, useState } from "react";
import { useSearch } from "wouter/use-browser-location";
import type { SavedView, ViewTab } from "../../api/types";
import { useViewWishes, useViews, viewAt } from "../../state/views";
import { ConfirmDialog } from "../basics/ConfirmDialog";
import { ErrorNotice } from "../basics/Notice";
import { Popover } from "../basics/Popover";
import { ViewEntry } from "./ViewEntry";

interface Props {
  /** The study that keeps them. */
  readonly study: string;
  /** Where the reader is. */
  readonly tab: ViewTab;
}

type Asking = { readonly what: "replace" | "delete"; readonly view: SavedView };

/** The saved views of a study: opened, saved, called otherwise, and, after a question, replaced or deleted. */
export function ViewsMenu({ study, tab }: Props) {
  const query = new URLSearchParams(useSearch()).toString();
  const { data: views = [], error: failure, refetch } = useViews(study);
  const { mutate, isPending, error, reset } = useViewWishes(study);
  const [name, setName] = useState("");
  const [asking, setAsking] = useState<Asking | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const current = viewAt(views, tab, query);
  const wanted = name.trim();
  useEffect(() => {
    if (asking === null && document.activeElement === document.body) input.current?.focus();  // the question took the focus with it
  }, [asking]);

  function save(): void {
    const taken = views.find((view) => view.name === wanted);
    if (taken) setAsking({ what: "replace", view: taken });
    else mutate({ action: "save", view: { name: wanted, tab, query } }, { onSuccess: () => setName("") });
  }

  function confirm({ what, view: { id } }: Asking): void {
    if (what === "delete") mutate({ action: "delete", id });
    else mutate({ action: "change", id, changes: { tab, query } }, { onSuccess: () => setName("") });
    setAsking(null);
  }

  return (
    <>
      <Popover label={current ? `View: ${current.name}` : "Views"} className="views-menu" onOpen={() => void refetch()}>
        {(close) => (
          <>
            {views.length > 0 && (
              <ul aria-label="Saved views">
                {views.map((view) => (
                  <ViewEntry
                    key={view.id}
                    study={study}
                    view={view}
                    current={view === current}
                    onOpen={close}
                    onRename={(other) => mutate({ action: "change", id: view.id, changes: { name: other } })}
                    onDelete={() => setAsking({ what: "delete", view })}
                  />
                ))}
              </ul>
            )}
            <form
              onSubmit={(event) => {
                event.preventDefault();
                if (wanted !== "") save();
              }}
            >
              <input
                ref={input}
                aria-label="Name for this view"
                placeholder="Name what is shown now"
                maxLength={80}
                autoComplete="off"
                value={name}
                onChange={(event) => {
                  setName(event.target.value);
                  reset();
                }}
              />
              <button type="submit" className="button small primary" disabled={isPending || wanted === ""}>
                Save
              </button>
            </form>
            {(error ?? failure) && <ErrorNotice error={(error ?? failure) as Error} />}
            <p className="muted">Kept with the study, for all who open it. The address alone shows the same.</p>
          </>
        )}
      </Popover>
      {asking && <Question asking={asking} onConfirm={() => confirm(asking)} onClose={() => setAsking(null)} />}
    </>
  );
}

function Question({ asking: { what, view }, onConfirm, onClose }: { readonly asking: Asking; readonly onConfirm: () => void; readonly onClose: () => void }) {
  const replaced = what === "replace";
  return (
    <ConfirmDialog title={replaced ? `Replace the view “${view.name}”?` : `Delete the view “${view.name}”?`} action={replaced ? "Replace the view" : "Delete the view"} onConfirm={onConfirm} onClose={onClose}>
      <p>
        {replaced ? "Its name then stands for what is shown now." : "Only the name goes: what it shows stays."} It is the same for all who open this study.
      </p>
    </ConfirmDialog>
  );
}
