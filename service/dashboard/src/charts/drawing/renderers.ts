/** Two ways of drawing many lines: stroke by stroke, and, where a crowd would take too long and hide itself, by density. */

import type { Placing, Projected } from "../scales/projection";
import type { Style } from "../styles";
import type { CrowdPicture } from "./crowdPicture";
import type { Crowd } from "./density";
import { paintCrowds } from "./density";
import { drawCrosses, drawLine } from "./drawing";
import type { Spans } from "./spans";

export type Styled = Projected & { readonly style: Style };

/** Where lines are drawn: the plot in CSS pixels. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  /** How far a crowd steps back behind what stands for it; 1 where nothing does. */
  readonly veil: number;
  readonly placing: Placing;
  /** What lines cover of each of the screen's columns. The first ones are those that are drawn. */
  readonly spans: () => Spans;
  /** The crowd as it was painted last. */
  readonly crowd: CrowdPicture;
}

export interface CurveRenderer {
  /** Whether the lines are drawn exactly where they stand, and not for the moment near there. */
  draw(lines: readonly Styled[], surface: Surface): boolean;
}

export const strokes: CurveRenderer = {
  draw(lines, { context }) {
    for (const line of lines) drawLine(context, line, line.style);
    return true;
  },
};

export const density: CurveRenderer = {
  draw(lines, { context, width, height, veil, placing, spans, crowd }) {
    context.globalAlpha = veil;
    const isExact = crowd.draw(context, width, height, placing, () => paint(lines, spans()));
    for (const { gaps, style } of lines) drawCrosses(context, gaps, style);
    return isExact;
  },
};

function paint(lines: readonly Styled[], spans: Spans): OffscreenCanvas {
  const { width, height } = spans;
  const picture = new OffscreenCanvas(width, height);
  picture.getContext("2d")?.putImageData(new ImageData(paintCrowds(crowdsOf(lines), spans), width, height), 0, 0);
  return picture;
}

/** More lines than these are a crowd. */
const MANY = 150;

/** What draws the lines that nothing sets apart; those that stand out are always stroked. */
export function rendererOf(lines: readonly Styled[]): CurveRenderer {
  return lines.length > MANY ? density : strokes;
}

/** Colors that are no further apart in any channel are painted as one. */
const ALIKE = 16;

/** Lines of about the same color and layer together, lower layers first. */
function crowdsOf(lines: readonly Styled[]): Crowd[] {
  const found: { layer: number; color: Crowd["color"]; alpha: number; places: number[] }[] = [];
  lines.forEach(({ style: { layer, color: name, alpha } }, place) => {
    const color = channelsOf(name);
    const crowd = found.find((other) => other.layer === layer && other.color.every((channel, at) => Math.abs(channel - (color[at] as number)) <= ALIKE));
    if (crowd) crowd.places.push(place);
    else found.push({ layer, color, alpha, places: [place] });
  });
  return found;
}

/** Red, green and blue of `#rrggbb` or `rgb(…)`. */
function channelsOf(color: string): Crowd["color"] {
  if (color.startsWith("#")) return [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16)) as unknown as Crowd["color"];
  return (color.match(/\d+/g) ?? ["0", "0", "0"]).slice(0, 3).map(Number) as unknown as Crowd["color"];
}
