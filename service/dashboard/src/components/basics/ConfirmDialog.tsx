import type { ReactNode } from "react";
import { useEffect, useRef } from "react";

interface Props {
  readonly title: string;
  /** What the button does, in words that can be read alone: `Delete the study`. */
  readonly action: string;
  /** Whether it only adds something, and takes nothing away. */
  readonly harmless?: boolean;
  readonly children: ReactNode;
  readonly onConfirm: () => void;
  /** Also on Escape and on a click beside the dialog. */
  readonly onClose: () => void;
}

/** Asks before something that cannot be taken back, or costs much; nothing is done until the button is pressed. */
export function ConfirmDialog({ title, action, harmless = false, children, onConfirm, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    cancel.current?.focus();  // which the first field of the question has else
  }, []);
  const close = () => dialog.current?.close();  // not by leaving it out: only so does the focus go back to where it was
  return (
    <dialog ref={dialog} className="confirm" aria-label={title} onClose={onClose} onClick={(event) => event.target === dialog.current && close()}>
      <div className="dialog-body">
        <h2>{title}</h2>
        {children}
        <footer>
          <button type="button" className="button" ref={cancel} onClick={close}>
            Cancel
          </button>
          <button type="button" className={harmless ? "button primary" : "button danger"} onClick={onConfirm}>
            {action}
          </button>
        </footer>
      </div>
    </dialog>
  );
}
