/**
 * Crowds of lines as a picture of how many pass each pixel. Each line's span of a column is added to a difference
 * buffer, and one sum down the columns gives the counts: the cost is that of the points and of the pixels, whatever the
 * lines look like, and no order of drawing hides any of them.
 */

import type { Spans } from "./spans";

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

/** How many lines pass each pixel of a tile, row by row, and the rows from the first to before the last in which any does. */
interface Counts {
  readonly counts: Int16Array;
  readonly top: number;
  readonly bottom: number;
}

/** Count lines in a tile; put into `counts`, which holds one row more. */
export function countLines(places: readonly number[], { width: columns, height, rows }: Spans, { left, width }: Tile = { left: 0, width: columns }, counts = new Int16Array(width * (height + 1))): Counts {
  counts.fill(0);
  let [top, bottom] = [height, 0];
  for (const place of places) {
    for (let column = 0, at = 2 * (place * columns + left); column < width; column++, at += 2) {
      const above = rows[at] as number;
      const below = rows[at + 1] as number;
      if (above >= below) continue;
      if (above < top) top = above;
      if (below > bottom) bottom = below;
      const begun = above * width + column;
      const ended = below * width + column;
      counts[begun] = (counts[begun] as number) + 1;
      counts[ended] = (counts[ended] as number) - 1;
    }
  }
  for (let at = (top + 1) * width; at < bottom * width; at++) counts[at] = (counts[at] as number) + (counts[at - width] as number);
  return { counts, top, bottom };
}

/** A crowd as it is painted: how it covers, and where it does in the present tile. */
interface Layer extends Counts {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  /** By the number of lines. */
  readonly opacities: Float64Array;
}

/** Crowds one above the other, as red, green, blue and alpha of each pixel. */
export function paintCrowds(crowds: readonly Crowd[], spans: Spans): Uint8ClampedArray<ArrayBuffer> {
  const { width, height } = spans;
  const pixels = new Uint32Array(width * height);
  const fromTheTop = [...crowds].reverse().map((crowd) => ({ ...crowd, opacities: opacitiesOf(Math.max(crowd.alpha, FAINTEST)), buffer: new Int16Array(TILE * (height + 1)) }));
  for (let left = 0; left < width; left += TILE) {
    const tile = { left, width: Math.min(TILE, width - left) };
    const layers = fromTheTop.map(({ color: [red, green, blue], opacities, places, buffer }): Layer => {
      const { counts, top, bottom } = countLines(places, spans, tile, buffer);
      return { red, green, blue, opacities, counts, top, bottom };
    });
    for (let y = 0; y < height; y++) {
      const passing = layers.filter(({ top, bottom }) => y >= top && y < bottom);
      if (passing.length > 0) paintRow(passing, y * tile.width, tile.width, pixels, y * width + left);
    }
  }
  return new Uint8ClampedArray(pixels.buffer);
}

/** 1 − (1 − a)ⁿ for each n until nothing more is to be seen of it. */
function opacitiesOf(alpha: number): Float64Array {
  const opacities = [0];
  while ((opacities.at(-1) as number) < 0.995) opacities.push(1 - (1 - alpha) ** opacities.length);
  return Float64Array.from(opacities);
}

/** So little of what lies below is not seen. */
const COVERED = 0.002;

/** Paint a row of pixels from `at` on, whose counts begin at `from`, with layers from the uppermost down to where nothing more is seen. */
function paintRow(layers: readonly Layer[], from: number, width: number, pixels: Uint32Array, at: number): void {
  for (let x = 0; x < width; x++, at++) {
    let red = 0, green = 0, blue = 0, through = 1;
    for (let place = 0; place < layers.length && through > COVERED; place++) {
      const layer = layers[place] as Layer;
      const n = layer.counts[from + x] as number;
      if (n === 0) continue;
      const { opacities } = layer;
      const share = through * (opacities[n < opacities.length ? n : opacities.length - 1] as number);
      red += share * layer.red;
      green += share * layer.green;
      blue += share * layer.blue;
      through -= share;
    }
    if (through === 1) continue;
    const whole = 1 / (1 - through);
    // Wherever a browser runs, the least byte of a word comes first.
    pixels[at] = ((255.5 - 255 * through) << 24) | ((blue * whole + 0.5) << 16) | ((green * whole + 0.5) << 8) | (red * whole + 0.5);
  }
}
