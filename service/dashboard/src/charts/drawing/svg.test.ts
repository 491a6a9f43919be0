import { expect, test } from "vitest";
import { lineOf } from "../../curves/fixtures";
import { LIGHT } from "../colors";
import type { Scene, View } from "../plot";
import { svgOf } from "./svg";

const view: View = { axis: "epoch", logX: false, scale: "linear", upward: true, clip: false, palette: LIGHT };
const UNZOOMED = { x: null, y: null };
const style = { color: "#246ded", width: 2, alpha: 1, dash: [9, 4], layer: 4, casing: null, mark: null };
const around = { group: "adam", facet: null, low: Float64Array.of(0, 0.4), high: Float64Array.of(0.2, 0.6), bounds: null, n: [2, 2] };
const lines = [lineOf(0, [0.1, 0.5], { band: around }), lineOf(1, [0, null, 1], { state: "PRUNED" })];
const scene: Scene = { lines, frame: lines, focus: { maximize: true, chosen: new Set() }, judged: new Map(lines.map(({ id, xs }) => [id, xs[0] as number])), styleOf: () => style, rungs: [], counts: [{ xs: Float64Array.of(1, 3), n: Float64Array.of(2, 1), color: "#5b6472" }] };
const one = (changes: Partial<View> = {}, more: Partial<Scene> = {}) => svgOf([{ label: "", scene: { ...scene, ...more } }], { ...view, ...changes }, UNZOOMED, "val <loss>", [{ label: "adam & co", color: "#246ded", dash: [9, 4] }]);

test("axes, lines, bands, marks and the legend are there, in light colors and with no font of its own", () => {
  const svg = one();
  expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
  expect(svg).toContain(`fill="${LIGHT.halo}"`);
  expect(svg).toContain(">val &#60;loss&#62;</text>");
  expect(svg).toContain(">Epoch</text>");
  expect(svg).toContain(">adam &#38; co</text>");
  expect(svg).toContain('fill-opacity="0.12"');
  expect(svg).toContain('stroke-dasharray="9 4"');
  expect(svg).toContain("m0-4v8");
  expect(svg).toContain("m-3.5-3.5 7 7");
  expect(svg).not.toMatch(/NaN|undefined|@font-face|href|url\((?!#)/);
  for (const label of ["0", "0.2", "0.4", "1"]) expect(svg).toContain(`>${label}</text>`);
});

test("a line goes through its points, and has a gap where there is no value", () => {
  const paths = [...one().matchAll(/d="(M[^"]*)" fill="none" stroke="#246ded" stroke-width="2"/g)].map(([, path]) => path);
  const ends = (paths[0]?.match(/[\d.]+/g) ?? []).map(Number);
  expect(ends).toHaveLength(4);
  expect(ends[1]).toBeGreaterThan(ends[3] as number);
  expect(paths[1]?.match(/M/g)).toHaveLength(2);
});

test("the star, a zoom, and several charts", () => {
  expect(one({}, { styleOf: () => ({ ...style, mark: { shape: "star", color: "#246ded" }, casing: "#14181f" }) })).toContain('paint-order="stroke"');
  expect(one({ scale: "near" })).not.toContain("NaN");
  expect(one({ scale: "log", logX: true })).not.toContain("NaN");
  const sheets = ["sgd", "adam", "lion", "sam"].map((label) => ({ label, scene }));
  const svg = svgOf(sheets, view, { x: [1, 2], y: [0, 0.5] }, "loss", []);
  expect(svg.match(/<clipPath/g)).toHaveLength(4);
  expect(svg).toContain('width="1560" height="680"');
  expect(svg).toContain(">lion</text>");
});

test("a band is drawn up to where the metric has values", () => {
  const cut = [lineOf(0, [0.1, 0.5], { band: { ...around, bounds: [0, 0.5] } }), ...lines.slice(1)];
  const flat = /<path d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)L\3 ([\d.]+)L\1 [\d.]+Z" fill="#246ded"/;
  const topOf = (svg: string) => Number(svg.match(flat)?.[5]);
  expect(topOf(one({}, { lines: cut }))).toBeGreaterThan(topOf(one()));
});
