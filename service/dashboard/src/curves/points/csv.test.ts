import { expect, test } from "vitest";
import { csvOf } from "./csv";
import { lineOf } from "../fixtures";

test("every point is a row, and a middle's have their band", () => {
  const band = { group: "a", facet: null, low: Float64Array.of(NaN, 0.25), high: Float64Array.of(NaN, 0.75), bounds: null, n: [1, 2] };
  const lines = [lineOf(3, [0.5, null], { raw: Float64Array.of(0.6, NaN) }), lineOf(0, [0.5, 0.5], { band, part: "train" })];
  expect(csvOf(lines, "epoch", ({ trial }) => `trial "${trial}", first`)).toBe(
    [
      "curve,half,epoch,y,measured,low,high,n",
      '"trial ""3"", first",,1,0.5,0.6,,,1',
      '"trial ""3"", first",,2,,,,,1',
      '"trial ""0"", first",train,1,0.5,,,,1',
      '"trial ""0"", first",train,2,0.5,,0.25,0.75,2',
      "",
    ].join("\n"),
  );
});

test("values in single precision are as short as they were written, others and steps are whole", () => {
  const line = lineOf(1, [0.1, 1234.5678, 16_777_216, 1e-8, -3e38].map(Math.fround), { xs: Float64Array.of(0.1, Math.fround(0.1), 123_456_792, 4, 5), raw: Float64Array.of(1 / 3, 0.1 + 0.2, NaN, 1, 2) });
  const rows = csvOf([line], "step", () => "a").split("\n").slice(1, -1).map((row) => row.split(",").slice(2, 5));
  expect(rows).toEqual([
    ["0.1", "0.1", "0.3333333333333333"],
    ["0.10000000149011612", "1234.5677", "0.30000000000000004"],
    ["123456792", "16777216", ""],
    ["4", "1e-8", "1"],
    ["5", "-3e+38", "2"],
  ]);
});
