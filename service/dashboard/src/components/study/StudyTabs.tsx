import { Link } from "wouter";
import { useSearch } from "wouter/use-browser-location";
import type { Study } from "../../api/types";

export const TABS = ["curves", "trials", "insight", "config"] as const;
export type StudyTab = (typeof TABS)[number];

/** The tab that an address names; the first without one, null where there is none of that name. */
export function tabOf(name: string | null): StudyTab | null {
  return name === null ? "curves" : (TABS.find((tab) => tab === name) ?? null);
}

/** The views of a study; what was chosen and filtered in one holds in the others too. */
export function StudyTabs({ study, tab }: { readonly study: Study; readonly tab: StudyTab }) {
  const search = useSearch();
  return (
    <nav className="tabs study-tabs" aria-label="Views of the study">
      {TABS.map((name) => (
        <Link key={name} href={`/studies/${encodeURIComponent(study.name)}/${name}${search}`} className={name === tab ? "active" : ""} aria-current={name === tab ? "page" : undefined}>
          {name[0]?.toUpperCase()}
          {name.slice(1)}
        </Link>
      ))}
    </nav>
  );
}
