/** The catalog as families of entries, whatever these are: each can be listed, found and opened. */

import type { Catalog } from "../../api/types";

export interface Entry {
  readonly name: string;
  readonly summary: string;
  /** Other words by which it is found. */
  readonly words: readonly string[];
}

export interface Family {
  readonly name: string;
  readonly summary: string;
  readonly noun: string;
  readonly entries: readonly Entry[];
}

/** Kinds of components, then experiments, named spaces and ready-made studies. */
export function familiesOf({ kinds, experiments, spaces, studies }: Catalog): Family[] {
  const components = kinds.map(({ name, summary, components: members }) => ({
    name,
    summary,
    noun: "component",
    entries: members.map((member) => ({
      name: member.name,
      summary: member.summary.replaceAll("``", ""),
      words: [...member.aliases, member.source],
    })),
  }));
  return [
    ...components,
    {
      name: "experiment",
      summary: "What a study names as its experiment: data and a model, with sensible defaults for the rest",
      noun: "experiment",
      entries: experiments.map(({ name, summary, task }) => ({ name, summary, words: [task] })),
    },
    {
      name: "space",
      summary: "Named spaces, which a study uses by their names",
      noun: "space",
      entries: spaces.map(plain),
    },
    { name: "study", summary: "Ready-made studies, which can be submitted as they are", noun: "study", entries: studies.map(plain) },
  ];
}

function plain({ name, summary }: { readonly name: string; readonly summary: string }): Entry {
  return { name, summary, words: [] };
}
