import type { ReactNode } from "react";

/** Room for a table that is wider or longer than its place; the keyboard scrolls it too. */
export function TableScroll({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div className="table-scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
