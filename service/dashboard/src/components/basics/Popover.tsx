import type { ReactNode } from "react";
import { useCallback, useEffect, useRef, useState } from "react";

interface Props {
  readonly label: string;
  readonly className?: string;
  readonly onOpen?: () => void;
  /** What is in the panel, or how to make it, given what closes the panel. */
  readonly children: ReactNode | ((close: () => void) => ReactNode);
}

/** A button with a panel beneath it, which a click elsewhere or Escape closes, unless a field in it keeps the key; a question that is asked over it leaves it open. */
export function Popover({ label, className = "", onOpen, children }: Props) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const opened = useRef(onOpen);
  useEffect(() => {
    opened.current = onOpen;
  });
  /** Nothing else on the page takes the key for its own. */
  const escape = useCallback((event: Pick<KeyboardEvent, "key" | "stopPropagation">) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    button.current?.focus();
    setOpen(false);
  }, []);

  useEffect(() => {
    if (!open) return undefined;
    opened.current?.();
    const leave = (event: Event) => {
      if (document.querySelector("dialog:modal")) return;
      if (box.current?.contains(event.target as Node)) return;
      if (event instanceof KeyboardEvent) escape(event);
      else setOpen(false);
    };
    document.addEventListener("pointerdown", leave);
    document.addEventListener("keydown", leave, true);
    return () => {
      document.removeEventListener("pointerdown", leave);
      document.removeEventListener("keydown", leave, true);
    };
  }, [open, escape]);
  return (
    <div className="popover" ref={box} {...(open && { onKeyDown: escape })}>
      <button type="button" className="button small" ref={button} aria-expanded={open} onClick={() => setOpen(!open)}>
        {label} ▾
      </button>
      {open && (
        <div className={`popover-panel ${className}`} role="dialog" aria-label={label}>
          {typeof children === "function" ? children(() => setOpen(false)) : children}
        </div>
      )}
    </div>
  );
}
