/** What tests/benchmarks asks of this page: how fast each contender draws the same lines, and which pixels a line gets. */

import { countLines } from "../src/charts/drawing/density";
import { spansOf } from "../src/charts/drawing/spans";
import { LINEAR, mapping } from "../src/charts/scales/scales";
import type { Contender, Lines } from "./contenders";
import { CONTENDERS } from "./contenders";
import { rendererName } from "./strips";

/** How far a frame moves, as a share of what is seen, and how many frames are drawn before any is timed. */
const [STEP, UNTIMED] = [0.01, 1];

/** Frames a second while what is seen moves to and fro in x and y; at least `least` frames, and as many as `seconds` allow. */
async function rate(name: string, setting: string, lines: Lines, least: number, seconds: number): Promise<number> {
  const target = document.createElement("div");
  target.className = "plot";
  document.body.append(target);
  const made = CONTENDERS[name]?.[setting]?.(target, lines) as Contender;
  let [n, begun] = [-UNTIMED, 0];
  for (; n < least || performance.now() - begun < 1000 * seconds; n++) {
    if (n === 0) begun = performance.now();
    const moved = STEP * (Math.abs((n % 40) - 20) - 10);
    const [x, y] = [[xs(lines, 0.2 + moved), xs(lines, 0.8 + moved)], [0.1 + moved, 0.9 + moved]] as const;
    await made.draw(x, y);
  }
  const rated = (1000 * n) / (performance.now() - begun);
  made.destroy();
  target.remove();
  return rated;
}

function xs({ xs }: Lines, share: number): number {
  const [first, last] = [xs[0] as number, xs.at(-1) as number];
  return first + share * (last - first);
}

/** Points as bytes in base 64: x, then y line by line, all of float64. */
function linesOf(bytes: string, length: number): Lines {
  const all = new Float64Array(Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0)).buffer);
  const n = all.length / length - 1;
  return { xs: all.slice(0, length), ys: Array.from({ length: n }, (_, line) => all.slice((line + 1) * length, (line + 2) * length)) };
}

/** First and last row of pixels that each line covers in each column, line by line; -1 where it covers none. */
function rowsOf({ xs, ys }: Lines, width: number, height: number): number[][] {
  const placing = { toX: mapping(LINEAR, [xs[0] as number, xs.at(-1) as number], 0, width), toY: mapping(LINEAR, [0, 1], height, 0) };
  const spans = spansOf(ys.map((line) => ({ xs, ys: line })), placing, { width, height }, 1);
  return ys.map((_, line) => {
    const { counts } = countLines([line], spans);
    return Array.from({ length: width }, (_, column) => {
      const covered = (row: number) => (counts[row * width + column] as number) > 0;
      const rows = Array.from({ length: height }, (_, row) => row);
      return [rows.findIndex(covered), rows.findLastIndex(covered)];
    }).flat();
  });
}

const settingsOf = () => Object.fromEntries(Object.entries(CONTENDERS).map(([name, settings]) => [name, Object.keys(settings)]));

let lines: Lines;
export const asked = {
  load: (bytes: string, length: number) => void (lines = linesOf(bytes, length)),
  rate: (name: string, setting: string, n: number, least: number, seconds: number) => rate(name, setting, { ...lines, ys: lines.ys.slice(0, n) }, least, seconds),
  rows: (width: number, height: number) => rowsOf(lines, width, height),
  settingsOf,
  rendererName,
};
Object.assign(window, { asked });
