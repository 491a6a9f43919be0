/**
 * Crowds of lines as a picture of how many pass each pixel. Per line and column its span is added to a difference
 * buffer, and one sum down the columns gives the counts: the cost is that of the points and of the pixels, whatever the
 * lines look like, and no order of drawing hides any of them.
 */

import { addSpans, emptySpans } from "./spans";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How many lines pass each pixel, row by row. Points are in pixels, x and y in turn. */
export function countLines(lines: readonly Float32Array[], { width, height }: Size): Int32Array {
  const counts = new Int32Array(width * (height + 1));
  const spans = emptySpans(width);
  for (const points of lines) {
    spans.low.fill(NaN);
    spans.high.fill(NaN);
    addSpans(points, width, spans);
    for (let column = 0; column < width; column++) {
      const [first, last] = [Math.floor(spans.low[column] as number), Math.floor(spans.high[column] as number)];
      if (!(last >= 0 && first < height)) continue;  // NaN where the line does not pass
      counts[Math.max(0, first) * width + column] = (counts[Math.max(0, first) * width + column] as number) + 1;
      const behind = (Math.min(last, height - 1) + 1) * width + column;
      counts[behind] = (counts[behind] as number) - 1;
    }
  }
  for (let at = width; at < width * height; at++) counts[at] = (counts[at] as number) + (counts[at - width] as number);
  return counts.subarray(0, width * height);
}

/** Lines of one color. */
export interface Crowd {
  readonly color: readonly [red: number, green: number, blue: number];
  /** Of one line alone. */
  readonly alpha: number;
  readonly lines: readonly Float32Array[];
}

/** A single line, and so a single spike, is never fainter than this. */
const FAINTEST = 0.16;

/** Crowds one above the other, as red, green, blue and alpha of each pixel. */
export function paintCrowds(crowds: readonly Crowd[], size: Size): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * size.width * size.height);
  for (const { color, alpha, lines } of crowds) {
    const counts = countLines(lines, size);
    const opacities = opacitiesOf(Math.max(alpha, FAINTEST));
    for (let at = 0; at < counts.length; at++) {
      const n = counts[at] as number;
      if (n > 0) cover(pixels, 4 * at, color, opacities[Math.min(n, opacities.length - 1)] as number);
    }
  }
  return pixels;
}

/** 1 − (1 − a)ⁿ for each n until nothing more is to be seen of it. */
function opacitiesOf(alpha: number): number[] {
  const opacities = [0];
  while ((opacities.at(-1) as number) < 0.995) opacities.push(1 - (1 - alpha) ** opacities.length);
  return opacities;
}

/** Put a color over a pixel. */
function cover(pixels: Uint8ClampedArray, at: number, color: Crowd["color"], opacity: number): void {
  const beneath = ((pixels[at + 3] as number) / 255) * (1 - opacity);
  const total = opacity + beneath;
  for (let channel = 0; channel < 3; channel++) {
    pixels[at + channel] = ((color[channel] as number) * opacity + (pixels[at + channel] as number) * beneath) / total;
  }
  pixels[at + 3] = 255 * total;
}
