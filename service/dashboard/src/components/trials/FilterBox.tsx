import { useEffect, useId, useRef, useState } from "react";
import { ApiError } from "../../api/client";
import { useFilterTrial } from "../../state/queries";
import { useParameter } from "../../state/url/selection";
import { placeOf } from "./filterPlace";

interface Props {
  /** The studies whose trials it chooses. */
  readonly studies: readonly string[];
  /** What the service has against the filter of the address. */
  readonly error: Error | null;
  /** Names of parameters, to choose from when one was mistyped. */
  readonly names: readonly string[];
}

/** After so long nobody is typing any more, and what is wrong is said. */
const PAUSE = 250;

/**
 * The filter, in the service's language; it holds for the chart and the table, and stands in the address: as soon as the
 * service can answer it, and one that it cannot answer once the reader has stopped typing.
 */
export function FilterBox({ studies, error, names }: Props) {
  const [filter, setFilter] = useParameter("filter");
  const [draft, setDraft] = useState(filter ?? "");
  /** What this box itself put into the address last: anything else there comes from Back, a link or the chart. */
  const written = useRef(filter);
  const begun = useRef(false);
  const tryOut = useFilterTrial(studies);
  const [input, hint] = [useRef<HTMLInputElement>(null), useId()];

  useEffect(() => {
    if (filter === written.current) return;
    setDraft(filter ?? "");
    written.current = filter;
    begun.current = false;  // typing replaces the step that it has made, never one that Back has gone to
  }, [filter]);

  useEffect(() => {
    const wanted = draft.trim() || null;
    if (wanted === written.current) return undefined;
    const choose = () => {
      if (written.current === wanted) return;
      written.current = wanted;
      setFilter(wanted, { going: begun.current });
      begun.current = true;
    };
    if (wanted === null) return choose();
    const timer = setTimeout(choose, PAUSE);
    const trial = tryOut(wanted);
    let typing = false;
    trial.answered.then(() => typing || choose(), () => undefined);
    return () => {
      typing = true;
      clearTimeout(timer);
      if (written.current !== wanted) trial.cancel();
    };
  }, [draft, setFilter, tryOut]);

  const complaint = filter !== null && draft.trim() === filter ? error : null;
  return (
    <div className="filter">
      <label className="filter-line">
        <span className="visually-hidden">Filter</span>
        <input
          ref={input}
          type="search"
          spellCheck={false}
          autoComplete="off"
          placeholder="Filter: state = COMPLETED and optimizer = adamw and value < 0.2"
          value={draft}
          aria-invalid={complaint !== null}
          aria-describedby={complaint ? hint : undefined}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={() => (begun.current = false)}
        />
      </label>
      {complaint && <Complaint id={hint} text={draft} error={complaint} names={names} />}
    </div>
  );
}

/** The filter once more, with a mark where the service could not go on, and its words. */
function Complaint({ id, text, error, names }: { readonly id: string; readonly text: string; readonly error: Error; readonly names: readonly string[] }) {
  const message = error instanceof ApiError && error.errors[0] ? error.errors[0].message : error.message;
  const place = placeOf(message);
  return (
    <div className="filter-error" id={id} role="alert">
      {place !== null && (
        <code>
          {text.slice(0, place)}
          <mark>{text.slice(place, place + 1) || " "}</mark>
          {text.slice(place + 1)}
        </code>
      )}
      <p>{message}</p>
      {names.length > 0 && <p className="muted">Fields: number, state, value, {names.slice(0, 8).join(", ")}, and the metrics</p>}
    </div>
  );
}
