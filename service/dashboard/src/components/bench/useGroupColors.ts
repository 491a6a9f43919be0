import { useMemo } from "react";
import { colorGroups } from "../../charts/coloring";
import { paletteOf } from "../../charts/colors";
import type { Grouping } from "../../curves/groups/groups";
import { useDark } from "../../state/theme";

/** The color of a group's curves, by the group's label; null where there is no such group. */
export function useGroupColors(grouping: Grouping): (label: string) => string | null {
  const palette = paletteOf(useDark());
  return useMemo(() => {
    const { groups, paintOf } = colorGroups(grouping, palette);
    const colors = new Map(groups.map((group) => [group.label, paintOf(group).color]));
    return (label) => colors.get(label) ?? null;
  }, [grouping, palette]);
}
