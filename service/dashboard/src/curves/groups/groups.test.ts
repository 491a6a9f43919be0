import { expect, test } from "vitest";
import type { Trial } from "../../api/types";
import { columnsOf } from "../../format/columns";
import type { Member } from "./groups";
import { crossed, groupKey, groupsOf } from "./groups";
import type { Stretch } from "./stretches";
import { isWide, stretchOf, stretchesOf } from "./stretches";

function member(number: number, parameters: Trial["parameters"]): Member {
  const trial = { number, parameters, run_ids: [`run_${number}`] } as unknown as Trial;
  return { key: String(number), study: "digits", trial };
}

const names = ["sgd", "adam", "adam", "sgd"];
const members = names.map((optimizer, number) => member(number, { optimizer, [`optimizer.${optimizer}.lr`]: 0.1 * (number + 1) }));
const columns = columnsOf(members.map(({ trial }) => trial));

test("configurations are groups of their own, and trials that differ in nothing but the seed are one", () => {
  const again = [...members, member(4, { ...members[1]?.trial.parameters })];
  const { by, groups, of } = groupsOf(again, null, columns);
  expect(by).toBeNull();
  expect(groups.map(({ key, runIds }) => [key, runIds])).toEqual([["0", ["run_0"]], ["1", ["run_1", "run_4"]], ["2", ["run_2"]], ["3", ["run_3"]]]);
  expect(of.get("4")?.key).toBe("1");
});

test("groups stand by name, and keep the place in which they appeared as trials arrive", () => {
  const first = groupsOf(members, "optimizer", columns);
  expect(first.groups.map(({ key, place, runIds }) => [key, place, runIds.length])).toEqual([["adam", 1, 2], ["sgd", 0, 2]]);
  const later = groupsOf([...members, member(5, { optimizer: "a new one" }), member(6, {})], "optimizer", columns);
  expect(later.groups.map(({ key, place }) => [key, place])).toEqual([["a new one", 2], ["adam", 1], ["not set", 3], ["sgd", 0]]);
});

test("groups have the places of the declared values, whichever of them appeared first or at all", () => {
  const declared = columns.map((column) => ({ ...column, declared: ["adam", "rmsprop", "sgd"] }));
  const places = (found: readonly Member[]) => groupsOf(found, "optimizer", declared).groups.map(({ key, place }) => [key, place]);
  expect(places(members)).toEqual([["adam", 0], ["sgd", 2]]);
  expect(places(members.slice(0, 1))).toEqual([["sgd", 2]]);
  expect(places([member(5, {}), member(6, { optimizer: "a new one" }), ...members])).toEqual([["a new one", 4], ["adam", 0], ["not set", 3], ["sgd", 2]]);
});

test("line styles divide the groups that colors tell apart, whose colors they keep", () => {
  const [colors, halves] = [groupsOf(members, "optimizer", columns), groupsOf(members.map((one) => member(one.trial.number, { half: one.trial.number % 2 === 0 ? "even" : "odd" })), "half", [{ key: "half", kind: "", title: "half", names: ["half"] }])];
  const { by, groups, of } = crossed(colors, halves);
  expect(by).toBe("optimizer · half");
  expect(groups.map(({ key, runIds, within }) => [key, runIds, within?.colored.key, within?.dash])).toEqual([
    ["adam · even", ["run_2"], "adam", 0],
    ["adam · odd", ["run_1"], "adam", 1],
    ["sgd · even", ["run_0"], "sgd", 0],
    ["sgd · odd", ["run_3"], "sgd", 1],
  ]);
  expect(of.get("3")?.label).toBe("sgd · odd");
});

test("a few numbers are groups by themselves, in their order; many are put in stretches with round ends", () => {
  const few = groupsOf(members, "optimizer.lr", columns);
  expect(few.groups.map(({ label, number }) => [label, number])).toEqual([["0.1", 0.1], ["0.2", 0.2], ["0.3", 0.1 * 3], ["0.4", 0.4]]);
  const rates = Array.from({ length: 40 }, (_, n) => 10 ** (-4 + n / 13));
  const many = rates.map((lr, number) => member(number, { optimizer: "sgd", "optimizer.sgd.lr": lr }));
  const { groups } = groupsOf(many, "optimizer.lr", columnsOf(many.map(({ trial }) => trial)));
  expect(groups.map(({ label }) => label)).toEqual(["1e-4 – 0.001", "0.001 – 0.01", "0.01 – 0.1", "0.1 – 1"]);
  expect(groups.flatMap(({ members: found }) => found)).toHaveLength(40);
});

test.each([
  [Array.from({ length: 20 }, (_, n) => n / 40), ["0 – 0.1", "0.1 – 0.2", "0.2 – 0.3", "0.3 – 0.4", "0.4 – 0.5"]],
  [Array.from({ length: 20 }, (_, n) => 3 + n), ["0 – 5", "5 – 10", "10 – 15", "15 – 20", "20 – 25"]],
  [Array.from({ length: 20 }, (_, n) => 10 ** (n - 10)), ["1e-10 – 1e-7", "1e-7 – 1e-4", "1e-4 – 0.1", "0.1 – 100", "100 – 100000", "100000 – 1e8", "1e8 – 1e11"]],
])("stretches %#", (numbers, labels) => {
  const found = stretchesOf(numbers) ?? [];
  expect(found.map(({ label }) => label)).toEqual(labels);
  for (const number of numbers) {
    const { low, high } = stretchOf(found, number) as Stretch;
    expect(number).toBeGreaterThanOrEqual(low - 1e-9 * Math.abs(low));
    expect(number).toBeLessThan(high);
  }
});

test("numbers that are few or alike are not divided", () => {
  expect(stretchesOf([1, 1, 1, 2])).toBeNull();
  expect(isWide(0, 10)).toBe(false);
  expect(isWide(1e-4, 1e-2)).toBe(true);
});

test("each trial alone where nothing is to be grouped", () => {
  const twins = [member(0, { a: 1 }), member(1, { a: 1 })];
  expect(groupsOf(twins, "run", []).groups.map(({ key }) => key)).toEqual(["0", "1"]);
});

test("a parameter that shares a column with others is found by its own name too", () => {
  const [lr] = columnsOf([{ parameters: { "optimizer.adam.lr": 1 } }, { parameters: { "optimizer.sgd.lr": 2 } }]);
  const shared = lr ? [lr] : [];
  expect(lr?.key).not.toBe("optimizer.adam.lr");
  expect(["optimizer.adam.lr", lr?.key ?? "", "none", null].map((name) => groupKey(name, shared))).toEqual([lr?.key, lr?.key, "none", null]);
});
