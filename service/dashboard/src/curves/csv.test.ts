import { expect, test } from "vitest";
import { csvOf } from "./csv";
import { lineOf } from "./fixtures";

test("every point is a row, and a middle's have their band", () => {
  const band = { group: "a", facet: null, low: Float64Array.of(NaN, 0.25), high: Float64Array.of(NaN, 0.75), n: [1, 2] };
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
