import { useMemo } from "react";
import { groupsOf } from "../../curves/groups/groups";
import type { Subject } from "../../curves/groups/subject";
import { useBench } from "../../state/url/useBench";
import { useGroupColors } from "./useGroupColors";

/** The choice whose levels are compared, where curves are grouped by one, and the colors of its groups' curves. */
export function useCompared({ members, columns }: Subject): { readonly by: string | null; readonly colorOf: (label: string) => string | null } {
  const [{ group }] = useBench();
  const column = columns.find(({ key }) => key === group);
  const grouping = useMemo(() => groupsOf(members, group, columns), [members, group, columns]);
  const colorOf = useGroupColors(grouping);
  const [name] = column?.names ?? [];
  const isChoice = column?.names.length === 1 && grouping.groups.length > 1 && grouping.groups.every(({ number }) => number === null);
  return { by: isChoice && name !== undefined ? name : null, colorOf };
}
