/** The style sheet's colors for what is drawn on a canvas. */

export interface Colors {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly panel: string;
  readonly accent: string;
  readonly best: string;
  readonly faint: string;
  /** Of where little is. */
  readonly raised: string;
  readonly completed: string;
  readonly running: string;
  readonly failed: string;
  readonly paused: string;
}

export function colorsOfPage(): Colors {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: color("text"), muted: color("muted"), line: color("line"), panel: color("panel"), accent: color("accent"), best: color("best"), faint: color("pruned"),
    raised: color("raised"), completed: color("completed"), running: color("running"), failed: color("failed"), paused: color("paused"),
  };
}
