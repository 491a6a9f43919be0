import { useMemo } from "react";
import { choicesOf } from "../../curves/groups/choices";
import { groupKey, groupsOf } from "../../curves/groups/groups";
import type { Subject } from "../../curves/groups/subject";
import type { Column } from "../../format/columns";
import { useBench } from "../../state/url/useBench";
import { useGroupColors } from "./useGroupColors";

interface Compared {
  /** The choice whose levels are compared, where curves are grouped by one. */
  readonly by: string | null;
  /** The parameter by which curves are grouped, where that is a number and has no levels. */
  readonly byNumber: string | null;
  /** The choices that could be compared instead, as the address and as readers name them. */
  readonly choices: readonly Column[];
  /** The colors of the groups' curves. */
  readonly colorOf: (label: string) => string | null;
}

/** What the way in which curves are grouped asks. */
export function useCompared({ members, columns }: Subject): Compared {
  const [{ group: named }] = useBench();
  const group = groupKey(named, columns);
  const column = columns.find(({ key }) => key === group);
  const grouping = useMemo(() => groupsOf(members, group, columns), [members, group, columns]);
  const colorOf = useGroupColors(grouping);
  const choices = useMemo(() => choicesOf(members.map(({ trial }) => trial), columns), [members, columns]);
  const [name] = column?.names ?? [];
  const isNumber = grouping.groups.some(({ number }) => number !== null);
  const isChoice = column?.names.length === 1 && grouping.groups.length > 1 && !isNumber;
  return { by: isChoice && name !== undefined ? name : null, byNumber: column && isNumber ? column.title : null, choices, colorOf };
}
