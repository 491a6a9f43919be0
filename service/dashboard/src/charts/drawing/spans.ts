/** Which part of each pixel column a line covers: what is drawn of it when there are thousands, and what the pointer meets. */

/** The least and the greatest y of a line in each column; NaN where it does not pass. */
export interface Spans {
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** Fill `spans`, whose columns begin at `offset` and lie `stride` apart, from points (x and y in turn; NaN for gaps). */
export function addSpans(points: Float32Array, columns: number, { low, high }: Spans, offset = 0, stride = 1): void {
  const add = (column: number, from: number, to: number) => {
    const at = offset + column * stride;
    const [least, greatest] = from < to ? [from, to] : [to, from];
    if (!(low[at] as number <= least)) low[at] = least;
    if (!(high[at] as number >= greatest)) high[at] = greatest;
  };
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i] as number, points[i + 1] as number];
    if (Number.isNaN(y)) continue;
    const column = Math.floor(x);
    if (column >= 0 && column < columns) add(column, y, y);
    const [nextX, nextY] = [points[i + 2], points[i + 3]];
    if (nextX === undefined || nextY === undefined || Number.isNaN(nextY) || nextX <= x) continue;
    const slope = (nextY - y) / (nextX - x);
    const last = Math.min(Math.floor(nextX), columns - 1);
    for (let c = Math.max(column, 0); c <= last; c++) {
      add(c, y + slope * (Math.max(c, x) - x), y + slope * (Math.min(c + 1, nextX) - x));
    }
  }
}

export function emptySpans(size: number): Spans {
  return { low: new Float32Array(size).fill(NaN), high: new Float32Array(size).fill(NaN) };
}
