import { useEffect, useRef, useState } from "react";
import { useParameter } from "../../state/url/selection";
import type { StateGroup } from "./searching";
import { STATE_GROUPS } from "./searching";

const PAUSE = 250;
const WORDS: Readonly<Record<StateGroup, string>> = { all: "All", active: "Active", ended: "Ended" };

/** Which studies the list shows; it stands in the address. */
export function StudySearch() {
  const [query, setQuery] = useParameter("q");
  const [states, setStates] = useParameter("states");
  const [draft, setDraft] = useState(query ?? "");
  const written = useRef(query);
  useEffect(() => {
    if (query !== written.current) setDraft(query ?? "");
    written.current = query;
  }, [query]);
  useEffect(() => {
    const wanted = draft.trim() || null;
    if (wanted === written.current) return undefined;
    const timer = setTimeout(() => {
      written.current = wanted;
      setQuery(wanted, { going: true });
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [draft, setQuery]);
  return (
    <form className="study-search" role="search" onSubmit={(event) => event.preventDefault()}>
      <input
        type="search"
        aria-label="Find studies"
        placeholder="Name, tag, experiment, notes, or a filter: best < 0.1 and tags = paper"
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
      />
      <div className="segmented" role="group" aria-label="States">
        {STATE_GROUPS.map((group) => (
          <button key={group} type="button" aria-pressed={(states ?? "all") === group} onClick={() => setStates(group === "all" ? null : group)}>
            {WORDS[group]}
          </button>
        ))}
      </div>
    </form>
  );
}
