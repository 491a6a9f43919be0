import type { RefObject } from "react";
import { useEffect, useRef } from "react";

/** For a button in whose place a field stands while one types: the field takes the focus with it, and so the button has it again. */
export function useFocusBack(typing: boolean): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  const typed = useRef(false);
  useEffect(() => {
    if (typed.current && !typing && document.activeElement === document.body) button.current?.focus();
    typed.current = typing;
  }, [typing]);
  return button;
}
