import { afterEach, expect, test, vi } from "vitest";
import type { Wanted } from "../../api/curves";
import * as calls from "../../api/curves";
import type { Curves } from "../../api/types";
import { followed, withNews } from "./tails";

afterEach(() => vi.restoreAllMocks());

type Series = Curves["series"][number];

/** Points of a run from `begin` on, whose steps are ten times their places. */
function series(run: string, begin: number, y: readonly number[], changes: Partial<Series> = {}): Series {
  const step = Float64Array.from(y, (_, index) => 10 * (begin + index));
  return { run_id: run, state: "RUNNING", value: null, began_at: 1, begin, n_points: begin + y.length, x: { step }, y: Float32Array.from(y), attempts: y.length > 0 ? [[1, 0]] : [], ...changes } as Series;
}

function curves(cursor: string, all: readonly Series[], changes: Partial<Curves> = {}): Curves {
  return { metric: "loss", series: all, n_runs: all.length, n_runs_left_out: 0, n_points: 0, columns: null, cursor, complete: false, gone: [], ...changes };
}

const told = ({ x, y, attempts }: Series) => ({ step: [...(x["step"] ?? [])], y: [...y], attempts });
const WANTED: Wanted = { studies: ["digits"], metric: "loss", runs: null, axis: "step", stretch: null };

/** Let the server answer so, in turn; what it is asked. */
function answers(...all: readonly Curves[]) {
  const asked: (readonly [runs: readonly string[] | null, after: string | null])[] = [];
  const left = [...all];
  vi.spyOn(calls, "getCurves").mockImplementation(({ runs }, after = null) => {
    asked.push([runs, after]);
    return Promise.resolve(left.shift() as Curves);
  });
  return asked;
}

test("new points stand behind those that are kept, and what has none keeps its own", () => {
  const [a, b] = [series("a", 0, [5, 4]), series("b", 0, [1])];
  const news = curves("7", [series("a", 2, [3, 2]), series("b", 1, [], { state: "COMPLETED", value: 1 }), series("c", 0, [9])]);
  const { curves: found, apart } = withNews(curves("5", [a, b]), news, true);
  expect(apart).toEqual([]);
  expect([found.cursor, found.n_runs, found.n_points]).toEqual(["7", 3, 6]);
  expect(found.series.map(told)).toEqual([
    { step: [0, 10, 20, 30], y: [5, 4, 3, 2], attempts: [[1, 0]] },
    { step: [0], y: [1], attempts: [[1, 0]] },
    { step: [0], y: [9], attempts: [[1, 0]] },
  ]);
  expect([found.series[1]?.state, found.series[1]?.value]).toEqual(["COMPLETED", 1]);
  expect(found.series[1]?.y).toBe(b.y);
});

test("points that come twice change nothing, and those that come otherwise stand as they came last", () => {
  const kept = curves("5", [series("a", 0, [5, 4, 3])]);
  expect(told(withNews(kept, curves("7", [series("a", 1, [4, 3, 2])]), true).curves.series[0] as Series).y).toEqual([5, 4, 3, 2]);
  expect(told(withNews(kept, curves("7", [series("a", 1, [8, 7])]), true).curves.series[0] as Series).y).toEqual([5, 8, 7]);
});

test("a resume is where it was, be it in what is kept or in what is new", () => {
  const kept = curves("5", [series("a", 0, [5, 4, 3, 2], { attempts: [[1, 0], [2, 3]] })]);
  const attempts = (tail: Series) => withNews(kept, curves("7", [tail]), true).curves.series[0]?.attempts;
  expect(attempts(series("a", 4, [1, 0], { attempts: [[2, 0], [4, 1]] }))).toEqual([[1, 0], [2, 3], [4, 5]]);
  expect(attempts(series("a", 2, [3, 2, 1], { attempts: [[1, 0], [2, 1]] }))).toEqual([[1, 0], [2, 3]]);
});

test("a curve that was thinned takes only what it has not seen", () => {
  const thinned = series("a", 0, [9, 1], { n_points: 40, attempts: [[1, 0], [2, 1]] });
  const tail = series("a", 38, [7, 6, 5, 4], { attempts: [[2, 0], [3, 3]] });
  const [found] = withNews(curves("5", [thinned]), curves("7", [tail]), true).curves.series;
  expect(found && told(found)).toEqual({ step: [0, 10, 400, 410], y: [9, 1, 5, 4], attempts: [[1, 0], [2, 1], [3, 3]] });
  expect(found?.n_points).toBe(42);
});

test.each([
  ["points are missing between", series("a", 3, [1])],
  ["there are fewer points than before", series("a", 1, [], { n_points: 1 })],
  ["it began anew", series("a", 2, [1], { began_at: 2 })],
  ["the news are no end", series("a", 2, [1], { n_points: 9 })],
  ["nobody has seen its beginning", series("z", 1, [1])],
])("where %s, the curve is asked for whole", async (_, tail) => {
  const whole = curves("8", [series(tail.run_id, 0, [6, 6, 6])], { complete: true });
  const asked = answers(curves("7", [tail]), whole);
  const found = await followed(curves("5", [series("a", 0, [5, 4]), series("b", 0, [1])]), WANTED);
  expect(asked).toEqual([[null, "5"], [[tail.run_id], null]]);
  expect(found.series.find(({ run_id }) => run_id === tail.run_id)).toBe(whole.series[0]);
  expect([found.cursor, found.series.find(({ run_id }) => run_id === "b")?.y.length]).toEqual(["7", 1]);
});

test("all is asked for again where too much has changed, or there is more of it than is drawn whole", async () => {
  const whole = curves("9", [series("a", 0, [1])], { complete: true });
  let asked = answers(curves("7", [], { complete: true }), whole);
  expect(await followed(curves("5", [series("a", 0, [5])]), WANTED)).toBe(whole);
  expect(asked).toEqual([[null, "5"], [null, null]]);
  asked = answers(whole);
  expect(await followed(curves("5", [series("a", 0, [5])], { n_runs_left_out: 1 }), WANTED)).toBe(whole);
  expect(asked).toEqual([[null, null]]);

  const long = { ...series("b", 0, []), y: new Float32Array(2_499_999), n_points: 2_499_999 };
  asked = answers(curves("7", [series("a", 1, [4])]), whole);
  expect((await followed(curves("5", [series("a", 0, [5])]), WANTED)).cursor).toBe("7");
  asked = answers(curves("7", [series("a", 1, [4])]), whole);
  expect(await followed(curves("5", [series("a", 0, [5]), long]), WANTED)).toBe(whole);
  expect(asked.length).toBe(2);
});

test("of named runs only those that go on are asked about", async () => {
  const kept = curves("5", [series("a", 0, [5]), series("b", 0, [1], { state: "PRUNED" })]);
  const asked = answers(curves("7", []));
  await followed(kept, { ...WANTED, runs: ["a", "b", "c"] });
  expect(asked).toEqual([[["a", "c"], "5"]]);
  expect(await followed(kept, { ...WANTED, runs: ["b"] })).toBe(kept);
});

test("a stretch is asked for again where one of its runs has new points", async () => {
  const kept = curves("5", [series("a", 20, [5, 4]), series("b", 20, [1])]);
  const near = series("a", 20, [5, 4, 3]);
  const asked = answers(curves("7", [series("a", 22, [3]), series("b", 21, [], { state: "COMPLETED" })]), curves("8", [near], { complete: true }));
  const found = await followed(kept, { ...WANTED, stretch: [200, 300] });
  expect(asked).toEqual([[null, "5"], [["a"], null]]);
  expect(found.series[0]).toBe(near);
  expect([found.series[1]?.state, found.series[1]?.y.length]).toEqual(["COMPLETED", 1]);
});
