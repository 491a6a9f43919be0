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

/** Some columns of a picture beside each other. */
interface Tile {
  readonly left: number;
  readonly width: number;
}

/** So many columns' counts of a crowd stay in the processor's nearest cache, where a line's spans are strewn over them. */
const TILE = 64;

/** How many lines pass each pixel of a tile, row by row; put into `counts`, which holds one row more. */
export function countLines(places: readonly number[], { columns, low, high }: Spans, height: number, { left, width }: Tile = { left: 0, width: columns }, counts = new Int16Array(width * (height + 1))): Int16Array {
  counts.fill(0);
  for (const place of places) {
    for (let column = 0, at = place * columns + left; column < width; column++, at++) {
      const [first, last] = [low[at] as number, high[at] as number];
      if (!(last >= 0 && first < height)) continue;  // infinite where the line does not pass
      const above = (first > 0 ? Math.floor(first) : 0) * width + column;
      const below = (last < height ? Math.floor(last) + 1 : height) * width + column;
      counts[above] = (counts[above] as number) + 1;
      counts[below] = (counts[below] as number) - 1;
    }
  }
  const end = width * height;
  for (let at = width; at < end; at++) counts[at] = (counts[at] as number) + (counts[at - width] as number);
  return counts.subarray(0, end);
}

/** Crowds one above the other, as red, green, blue and alpha of each pixel. The spans have a column for each of the picture's. */
export function paintCrowds(crowds: readonly Crowd[], spans: Spans, { width, height }: Size): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * width * height);
  const layers = crowds.map(({ color, alpha, places }) => ({ color, places, opacities: opacitiesOf(Math.max(alpha, FAINTEST)), counts: new Int16Array(TILE * (height + 1)) }));
  const row = new Float64Array(4 * TILE);
  for (let left = 0; left < width; left += TILE) {
    const tile = { left, width: Math.min(TILE, width - left) };
    for (const { places, counts } of layers) countLines(places, spans, height, tile, counts);
    for (let y = 0; y < height; y++) {
      row.fill(0);
      for (const { color, opacities, counts } of layers) cover(row, counts, y * tile.width, tile.width, color, opacities);
      put(row, tile.width, pixels, 4 * (y * width + left));
    }
  }
  return pixels;
}

/** 1 − (1 − a)ⁿ for each n until nothing more is to be seen of it. */
function opacitiesOf(alpha: number): Float64Array {
  const opacities = [0];
  while ((opacities.at(-1) as number) < 0.995) opacities.push(1 - (1 - alpha) ** opacities.length);
  return Float64Array.from(opacities);
}

/** Put a color over a row of pixels, whose colors are weighed by their alpha, where lines pass: the counts from `from` on. */
function cover(row: Float64Array, counts: Int16Array, from: number, width: number, [red, green, blue]: Crowd["color"], opacities: Float64Array): void {
  const most = opacities.length - 1;
  for (let x = 0, at = 0; x < width; x++, at += 4) {
    const n = counts[from + x] as number;
    if (n === 0) continue;
    const opacity = opacities[n < most ? n : most] as number;
    const left = 1 - opacity;
    row[at] = red * opacity + (row[at] as number) * left;
    row[at + 1] = green * opacity + (row[at + 1] as number) * left;
    row[at + 2] = blue * opacity + (row[at + 2] as number) * left;
    row[at + 3] = opacity + (row[at + 3] as number) * left;
  }
}

function put(row: Float64Array, width: number, pixels: Uint8ClampedArray, from: number): void {
  for (let at = 0; at < 4 * width; at += 4) {
    const alpha = row[at + 3] as number;
    if (alpha === 0) continue;
    const whole = 1 / alpha;
    pixels[from + at] = (row[at] as number) * whole;
    pixels[from + at + 1] = (row[at + 1] as number) * whole;
    pixels[from + at + 2] = (row[at + 2] as number) * whole;
    pixels[from + at + 3] = 255 * alpha;
  }
}
