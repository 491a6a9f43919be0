/**
 * Crowds of lines as a picture of how many pass each pixel. Each line's span of a column is added to a difference
 * buffer, and one sum down the columns gives the counts: the cost is that of the points and of the pixels, whatever the
 * lines look like, and no order of drawing hides any of them.
 */

import type { Spans } from "./spans";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Lines of one color. */
export interface Crowd {
  readonly color: readonly [red: number, green: number, blue: number];
  /** Of one line alone. */
  readonly alpha: number;
  /** Their places among the spans. */
  readonly places: readonly number[];
}

/** A single line, and so a single spike, is never fainter than this. */
const FAINTEST = 0.16;

/** How many lines pass each pixel, row by row. */
export function countLines(places: readonly number[], { columns, low, high }: Spans, height: number): Int16Array {
  const counts = new Int16Array(columns * (height + 1));
  for (const place of places) {
    for (let column = 0, at = place * columns; column < columns; column++, at++) {
      const [first, last] = [low[at] as number, high[at] as number];
      if (!(last >= 0 && first < height)) continue;  // infinite where the line does not pass
      const above = (first > 0 ? Math.floor(first) : 0) * columns + column;
      const below = (last < height ? Math.floor(last) + 1 : height) * columns + column;
      counts[above] = (counts[above] as number) + 1;
      counts[below] = (counts[below] as number) - 1;
    }
  }
  for (let at = columns; at < counts.length; at++) counts[at] = (counts[at] as number) + (counts[at - columns] as number);
  return counts.subarray(0, columns * height);
}

/** Crowds one above the other, as red, green, blue and alpha of each pixel. The spans have a column for each of the picture's. */
export function paintCrowds(crowds: readonly Crowd[], spans: Spans, { width, height }: Size): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * width * height);
  const layers = crowds.map(({ color, alpha, places }) => ({ color, opacities: opacitiesOf(Math.max(alpha, FAINTEST)), counts: countLines(places, spans, height) }));
  const row = new Float32Array(4 * width);
  for (let y = 0; y < height; y++) {
    row.fill(0);
    for (const { color, opacities, counts } of layers) cover(row, counts.subarray(y * width, (y + 1) * width), color, opacities);
    put(row, pixels, 4 * y * width);
  }
  return pixels;
}

/** 1 − (1 − a)ⁿ for each n until nothing more is to be seen of it. */
function opacitiesOf(alpha: number): Float32Array {
  const opacities = [0];
  while ((opacities.at(-1) as number) < 0.995) opacities.push(1 - (1 - alpha) ** opacities.length);
  return Float32Array.from(opacities);
}

/** Put a color over a row of pixels, whose colors are weighed by their alpha, where lines pass. */
function cover(row: Float32Array, counts: Int16Array, [red, green, blue]: Crowd["color"], opacities: Float32Array): void {
  const most = opacities.length - 1;
  for (let x = 0, at = 0; x < counts.length; x++, at += 4) {
    const n = counts[x] as number;
    if (n === 0) continue;
    const opacity = opacities[n < most ? n : most] as number;
    const left = 1 - opacity;
    row[at] = red * opacity + (row[at] as number) * left;
    row[at + 1] = green * opacity + (row[at + 1] as number) * left;
    row[at + 2] = blue * opacity + (row[at + 2] as number) * left;
    row[at + 3] = opacity + (row[at + 3] as number) * left;
  }
}

function put(row: Float32Array, pixels: Uint8ClampedArray, from: number): void {
  for (let at = 0; at < row.length; at += 4) {
    const alpha = row[at + 3] as number;
    if (alpha === 0) continue;
    pixels[from + at] = (row[at] as number) / alpha;
    pixels[from + at + 1] = (row[at + 1] as number) / alpha;
    pixels[from + at + 2] = (row[at + 2] as number) / alpha;
    pixels[from + at + 3] = 255 * alpha;
  }
}
