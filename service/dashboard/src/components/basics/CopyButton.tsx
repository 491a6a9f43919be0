import { useEffect, useState } from "react";

/** Copies a text and says so for a moment. */
export function CopyButton({ text, label = "Copy" }: { readonly text: string; readonly label?: string }) {
  const [outcome, setOutcome] = useState<"copied" | "refused" | null>(null);
  useEffect(() => {
    if (outcome === null) return undefined;
    const timer = setTimeout(() => setOutcome(null), 1600);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setOutcome("copied"),
      () => setOutcome("refused"),
    );
  return (
    <button type="button" className="button small" onClick={() => void copy()}>
      {outcome === "copied" ? "Copied" : outcome === "refused" ? "Select and copy by hand" : label}
    </button>
  );
}
