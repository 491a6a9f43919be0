import type { LibraryView } from "../../api/types";
import { useLibraryEntry } from "../../state/queries";
import { CodeBlock } from "../basics/CodeBlock";
import { Page, PageHead, Part } from "./Page";

interface Props {
  readonly kind: "space" | "study";
  readonly name: string;
}

/** A named space or a ready-made study: when to use it, how, and as it is written. */
export function LibraryDetails({ kind, name }: Props) {
  return (
    <Page kind={kind} name={name} answer={useLibraryEntry(kind, name)}>
      {(entry) => <Loaded kind={kind} entry={entry} />}
    </Page>
  );
}

function Loaded({ kind, entry }: { readonly kind: Props["kind"]; readonly entry: LibraryView }) {
  return (
    <>
      <PageHead kind={kind} name={entry.name} />
      <div className="prose">
        <p>{entry.description}</p>
      </div>
      <Part title={kind === "space" ? "In a study" : "To submit it"}>
        <CodeBlock text={kind === "space" ? `space: {use: ${entry.name}}` : `studyhall submit ${entry.name}`} />
      </Part>
      <Part title="As it is written">
        <CodeBlock text={entry.text} label="Copy YAML" />
      </Part>
    </>
  );
}
