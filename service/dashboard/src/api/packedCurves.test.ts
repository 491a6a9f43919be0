import { expect, test } from "vitest";
import { unpackCurves } from "./packedCurves";

/** What the server writes: see `to_binary` in `service/api/curves/encoding.py`. */
function packed(header: object, whole: number[], other: number[], y: number[]): ArrayBuffer {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil((text.length + 8) / 8) * 8 - 8;
  const numbers = [new Float64Array(whole), new Float32Array(other), new Float32Array(y)];
  const body = new Uint8Array(8 + padded + numbers.reduce((sum, { byteLength }) => sum + byteLength, 0)).fill(32);
  body.set(new TextEncoder().encode("SHS2"));
  new DataView(body.buffer).setUint32(4, padded, true);
  body.set(text, 8);
  let at = 8 + padded;
  for (const column of numbers) {
    body.set(new Uint8Array(column.buffer), at);
    at += column.byteLength;
  }
  return body.buffer;
}

test("each run has its own numbers, and shares the columns that are sent once", () => {
  const series = [
    { run_id: "a", n: 3, x: { epoch: 0, training_time: 0 } },
    { run_id: "b", n: 2, x: { epoch: 1, training_time: 1 } },
    { run_id: "c", n: 3, x: { epoch: 0, training_time: 0 } },
  ];
  const header = { metric: "val_loss", cursor: "st_1:7", series, lengths: { whole: [3, 2], other: [3, 2] } };
  const curves = unpackCurves(packed(header, [1, 2, 3, 20_000_001, 20_000_002], [0.5, 1, 1.5, 8, 9], [1, NaN, 3, 4, 5, 6, 7, 8]));

  expect([curves.metric, curves.cursor]).toEqual(["val_loss", "st_1:7"]);
  expect(curves.series.map(({ run_id, y }) => [run_id, ...y])).toEqual([
    ["a", 1, NaN, 3],
    ["b", 4, 5],
    ["c", 6, 7, 8],
  ]);
  expect([...(curves.series[1]?.x["epoch"] ?? [])]).toEqual([20_000_001, 20_000_002]);
  expect([...(curves.series[1]?.x["training_time"] ?? [])]).toEqual([8, 9]);
  expect(curves.series[2]?.x["epoch"]).toBe(curves.series[0]?.x["epoch"]);
});

test("what is something else is refused", () => {
  expect(() => unpackCurves(new TextEncoder().encode('{"metric": "val_loss"}').buffer)).toThrow("no packed curves");
});
