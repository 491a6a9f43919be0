import { ComponentDetails } from "./ComponentDetails";
import { ExperimentDetails } from "./ExperimentDetails";
import { LibraryDetails } from "./LibraryDetails";

/** One entry of the catalog in full, whatever it is. */
export function Details({ kind, name }: { readonly kind: string; readonly name: string }) {
  if (kind === "experiment") return <ExperimentDetails name={name} />;
  if (kind === "space" || kind === "study") return <LibraryDetails kind={kind} name={name} />;
  return <ComponentDetails kind={kind} name={name} />;
}
