import { setTheme, themeAfter, useTheme } from "../../state/theme";

const SIGNS = { system: "◐", light: "☀", dark: "☾" } as const;

/** Light or dark, by the system or by hand: each press takes the next. */
export function ThemeChoice() {
  const theme = useTheme();
  const next = themeAfter(theme);
  return (
    <button type="button" className="theme-choice" aria-label={`Colors: ${theme}; change to ${next}`} title={`Colors: ${theme}`} onClick={() => setTheme(next)}>
      {SIGNS[theme]}
    </button>
  );
}
