/** Charts as one SVG: what the screen shows, in strokes that a paper can scale, with no font but the reader's own. */

import { edgesOf } from "../../curves/groups/bands";
import type { Line } from "../../curves/lines";
import { X_AXES, formatTick, formatX, ticksX, ticksY } from "../scales/axes";
import { fullX, rangeX, rangeY, scaleXOf, scaleYOf } from "../scales/extents";
import type { Scene, View, Zoom } from "../plot";
import type { Placing } from "../scales/projection";
import { pixelsOf, project } from "../scales/projection";
import { LINEAR, mapping } from "../scales/scales";
import { markOf } from "../scales/starring";
import type { Mark, Style } from "../styles";
import { DOT } from "./drawing";
import { DISTINCT } from "../styles";

export interface Sheet {
  /** What all its lines have in common; empty for the only one. */
  readonly label: string;
  readonly scene: Scene;
}

/** What a color and a dash stand for. */
export interface Key {
  readonly label: string;
  readonly color: string;
  readonly dash: readonly number[];
}

interface Box {
  readonly width: number;
  readonly height: number;
}

const [ALONE, AMONG]: readonly [Box, Box] = [{ width: 860, height: 460 }, { width: 520, height: 340 }];
const EDGE = { left: 66, right: 16, top: 26, bottom: 84 };
const STRIP = 26;
const [LEGEND_LINE, LEGEND_WIDTH] = [20, 7];
const CROSS = "m-3.5-3.5 7 7m0-7-7 7";

/** The charts side by side as on the screen, in the colors of their scenes, over a legend. */
export function svgOf(sheets: readonly Sheet[], view: View, zoom: Zoom, metric: string, keys: readonly Key[], perRow: number | null = null): string {
  const box = sheets.length > 1 ? AMONG : ALONE;
  const columns = perRow ?? Math.min(sheets.length, 3);
  const width = columns * box.width;
  const charts = sheets.map((sheet, place) => group(`translate(${(place % columns) * box.width} ${Math.floor(place / columns) * box.height})`, chart(sheet, place, box, view, zoom, metric)));
  const legend = legendOf(keys, width, view);
  const top = Math.ceil(sheets.length / columns) * box.height;
  const height = top + legend.height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${escaped(metric)}</title>`,
    `<rect width="${width}" height="${height}" fill="${view.palette.halo}"/>`,
    ...charts,
    group(`translate(0 ${top})`, legend.drawn),
    "</svg>",
    "",
  ].join("\n");
}

function chart({ label, scene }: Sheet, place: number, box: Box, view: View, zoom: Zoom, metric: string): string {
  const [width, height] = [box.width - EDGE.left - EDGE.right, box.height - EDGE.top - EDGE.bottom];
  const full = fullX(scene, view);
  const x = rangeX(full, zoom, width, view);
  const y = rangeY(scene, view, zoom, zoom.x ?? full);
  const scaleY = scaleYOf(scene, view);
  const placing = { toX: mapping(scaleXOf(view), x, 0, width), toY: mapping(scaleY, y, height, 0) };
  const [xs, ys] = [ticksX(x, width, view), ticksY(y, height, view.scale, scaleY)];
  const { axis, grid } = view.palette;
  const name = X_AXES.find(({ axis: found }) => found === view.axis)?.label ?? view.axis;
  const clip = `plot-${place}`;
  return [
    text(0, -9, label, axis, "start", 'font-weight="600"'),
    `<clipPath id="${clip}"><rect width="${width}" height="${height}"/></clipPath>`,
    ...xs.map((tick) => stroke(`M${point(placing.toX(tick))} 0v${height}`, grid) + text(placing.toX(tick), height + 18, formatX(tick, view.axis), axis, "middle")),
    ...ys.map((tick) => stroke(`M0 ${point(placing.toY(tick))}h${width}`, grid) + text(-8, placing.toY(tick) + 4, formatTick(tick), axis, "end")),
    text(width / 2, height + EDGE.bottom - 8, name, axis, "middle"),
    `<text transform="translate(${-EDGE.left + 14} ${height / 2}) rotate(-90)" fill="${axis}" text-anchor="middle">${escaped(metric)}</text>`,
    `<g clip-path="url(#${clip})" fill="none" stroke-linejoin="round">`,
    ...scene.rungs.map((rung) => `<path d="M${point(placing.toX(rung))} 0v${height}" stroke="${axis}" stroke-opacity="0.55" stroke-dasharray="2 4"/>`),
    ...layersOf(scene).flatMap(({ line, style }) => drawn(line, style, placing, height)),
    "</g>",
    ...layersOf(scene).flatMap(({ line, style }) => (style.mark ? [mark(line, style.mark, scene, placing, { width, height }, view.palette.halo)] : [])),
    group(`translate(0 ${height + 26})`, strip(scene, placing, width, axis)),
  ].reduce((svg, part) => `${svg}\n${part}`, `<g transform="translate(${EDGE.left} ${EDGE.top})">`) + "\n</g>";
}

/** Lines with their styles, what stands out last. */
function layersOf({ lines, styleOf }: Scene): { readonly line: Line; readonly style: Style }[] {
  return lines.map((line) => ({ line, style: styleOf(line) })).sort((a, b) => a.style.layer - b.style.layer);
}

/** What the canvas draws of a line: its band, what was measured, itself, and what became of it. */
function drawn(line: Line, style: Style, placing: Placing, height: number): string[] {
  const { points, gaps } = project(line, placing, height - 8);
  const { color, width, alpha, dash } = style;
  const path = pathOf(points);
  return [
    ...(line.band && line.part !== "train" && style.layer >= DISTINCT ? [band(line, placing, color)] : []),
    ...(line.raw ? [stroke(pathOf(pixelsOf(line.xs, line.raw, placing)), color, { width: 1, alpha: 0.28 * alpha })] : []),
    ...(style.casing ? [stroke(path, style.casing, { width: width + 2.6, alpha })] : []),
    stroke(path, color, { width, alpha, dash }),
    stroke(marks(gaps), color, { width: 1.5, alpha }),
    ...(line.band === null && line.part !== "train" ? [stroke(fate(line, points), color, { width: 1.5, alpha: Math.max(alpha, 0.35) })] : []),
  ].filter((part) => part !== "");
}

function band({ xs, band: around }: Line, placing: Placing, color: string): string {
  if (around === null) return "";
  const edges = edgesOf(around);
  const [low, high] = [pixelsOf(xs, edges.low, placing), pixelsOf(xs, edges.high, placing)];
  const known = Array.from(xs, (_, index) => 2 * index).filter((at) => !Number.isNaN(low[at + 1]) && !Number.isNaN(high[at + 1]));
  const corners = [...known.map((at) => corner(low, at)), ...known.reverse().map((at) => corner(high, at))];
  return corners.length > 3 ? `<path d="M${corners.join("L")}Z" fill="${color}" fill-opacity="0.12" stroke="${color}" stroke-opacity="0.4" stroke-width="0.8"/>` : "";
}

/** A line through the points; a point that stands alone is a dot, by round ends. */
function pathOf(points: Float32Array): string {
  let path = "";
  let open = false;
  for (let at = 0; at < points.length; at += 2) {
    const shown = !Number.isNaN(points[at + 1]);
    if (shown) path += `${open ? "L" : "M"}${corner(points, at)}`;
    if (shown && !open && (at + 2 >= points.length || Number.isNaN(points[at + 3]))) path += "h0.01";
    open = shown;
  }
  return path;
}

function marks(gaps: Float32Array): string {
  let path = "";
  for (let at = 0; at < gaps.length; at += 2) if (!Number.isNaN(gaps[at + 1])) path += `M${corner(gaps, at)}${CROSS}`;
  return path;
}

/** A bar where the run was pruned, a cross where it failed, a ring where a later attempt went on. */
function fate({ state, resumes }: Line, points: Float32Array): string {
  const rings = resumes.filter((index) => !Number.isNaN(points[2 * index + 1])).map((index) => `M${corner(points, 2 * index)}m4 0a4 4 0 1 0-8 0a4 4 0 1 0 8 0`);
  const last = lastWhere(points, (at) => !Number.isNaN(points[at + 1]));
  const end = last < 0 ? "" : state === "PRUNED" ? `M${corner(points, last)}m0-4v8` : state === "FAILED" ? `M${corner(points, last)}${CROSS}` : "";
  return rings.join("") + end;
}

/** The mark of the best; it may overlap the frame. */
function mark(line: Line, { shape, color }: Mark, { judged }: Scene, placing: Placing, { width, height }: Box, halo: string): string {
  const place = markOf(line, judged, placing, width, height);
  if (place === null) return "";
  const [x, y] = place;
  if (shape === "dot") return `<circle cx="${point(x)}" cy="${point(y)}" r="${DOT}" fill="${color}" stroke="${halo}" stroke-width="1.5" paint-order="stroke"/>`;
  const corners = Array.from({ length: 10 }, (_, index) => {
    const radius = index % 2 === 0 ? 8 : 3.6;
    return `${point(x + radius * Math.sin((Math.PI * index) / 5))} ${point(y - radius * Math.cos((Math.PI * index) / 5))}`;
  });
  return `<path d="M${corners.join("L")}Z" fill="${color}" stroke="${halo}" stroke-width="3" paint-order="stroke" stroke-linejoin="round"/>`;
}

/** How many runs count at each x, beneath the chart. */
function strip({ counts }: Scene, { toX }: Placing, width: number, color: string): string {
  const most = Math.max(1, ...counts.map(({ n }) => n.reduce((a, b) => Math.max(a, b), 0)));
  const toY = mapping(LINEAR, [0, most], STRIP, 0);
  const steps = counts.map(({ xs, n, color: own }) => {
    const path = Array.from(xs, (x, index) => `${index === 0 ? `M${point(toX(x))} ` : `H${point(toX(x))}V`}${point(toY(n[index] ?? 0))}`).join("");
    return stroke(path, own, { width: 1.4 });
  });
  const clip = `<svg width="${width}" height="${STRIP + 2}" overflow="hidden">${steps.join("")}</svg>`;
  return [text(-8, 8, `n ${most}`, color, "end"), text(-8, STRIP + 2, "0", color, "end"), stroke(`M0 ${STRIP}h${width}`, color, { alpha: 0.4 }), clip].join("");
}

function legendOf(keys: readonly Key[], width: number, { palette }: View): { readonly drawn: string; readonly height: number } {
  let [x, y] = [EDGE.left, 14];
  const drawn = keys.map(({ label, color, dash }) => {
    const wide = 46 + label.length * LEGEND_WIDTH;
    if (x > EDGE.left && x + wide > width) [x, y] = [EDGE.left, y + LEGEND_LINE];
    const key = stroke(`M${x} ${y - 4}h22`, color, { width: 3, dash }) + text(x + 28, y, label, palette.axis, "start");
    x += wide;
    return key;
  });
  return { drawn: drawn.join(""), height: keys.length > 0 ? y + 12 : 0 };
}

interface Pen {
  readonly width?: number;
  readonly alpha?: number;
  readonly dash?: readonly number[];
}

function stroke(path: string, color: string, { width = 1, alpha = 1, dash = [] }: Pen = {}): string {
  if (path === "") return "";
  const dashes = dash.length > 0 ? ` stroke-dasharray="${dash.join(" ")}"` : "";
  return `<path d="${path}" fill="none" stroke="${color}" stroke-width="${point(width)}"${alpha < 1 ? ` stroke-opacity="${alpha.toFixed(3)}"` : ""}${dashes}/>`;
}

function text(x: number, y: number, words: string, color: string, anchor: "start" | "middle" | "end", more = ""): string {
  return words === "" ? "" : `<text x="${point(x)}" y="${point(y)}" fill="${color}" text-anchor="${anchor}" ${more}>${escaped(words)}</text>`;
}

function group(transform: string, inside: string): string {
  return `<g transform="${transform}">${inside}</g>`;
}

function corner(points: Float32Array, at: number): string {
  return `${point(points[at] as number)} ${point(points[at + 1] as number)}`;
}

/** A tenth of a pixel is less than anybody sees. */
function point(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function lastWhere(points: Float32Array, is: (at: number) => boolean): number {
  let at = points.length - 2;
  while (at >= 0 && !is(at)) at -= 2;
  return at;
}

function escaped(words: string): string {
  return words.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
