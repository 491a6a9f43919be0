import { useMemo } from "react";
import { useDark } from "../../../state/theme";
import { colorsOfPage } from "../options/colors";

/** The colors, read anew when they change. */
export function useColors() {
  const dark = useDark();
  return useMemo(() => ({ ...colorsOfPage(), dark }), [dark]);
}
