interface Props {
  /** What it is about, for who hears the page. */
  readonly of: string;
  readonly children: string;
}

/** A question mark that opens a few words: by a click, a tap or a key. */
export function Explained({ of, children }: Props) {
  return (
    <details className="explained">
      <summary aria-label={`What ${of} compares`}>?</summary>
      <p>{children}</p>
    </details>
  );
}
