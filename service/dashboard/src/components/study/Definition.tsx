import { useRef } from "react";
import { stringify } from "yaml";
import { studyUrl } from "../../api/studies";
import type { StudyView } from "../../api/types";
import { CodeBlock } from "../basics/CodeBlock";

/** The study as it was submitted, ready to be copied and submitted again. */
export function Definition({ study }: { readonly study: StudyView }) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button type="button" className="button" onClick={() => dialog.current?.showModal()}>
        Definition
      </button>
      <dialog ref={dialog} aria-label={`Definition of ${study.name}`} onClick={(event) => event.target === dialog.current && dialog.current.close()}>
        <div className="dialog-body">
          <header>
            <h2>Definition</h2>
            <a href={studyUrl(study.name)}>as JSON</a>
            <button type="button" className="button small" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </header>
          <CodeBlock text={stringify(study.definition)} label="Copy YAML" />
        </div>
      </dialog>
    </>
  );
}
