import { expect, test } from "vitest";
import type { Trial } from "../api/types";
import { crossed, groupsOf } from "../curves/groups/groups";
import { colorGroups } from "./coloring";
import { DARK, LIGHT } from "./colors";
import { withDeclared } from "../curves/groups/declared";

const members = ["sgd", "adam", "sgd", "adam"].map((optimizer, number) => ({ key: String(number), study: "digits", trial: { number, parameters: { optimizer, nesterov: number < 2 }, run_ids: [] } as unknown as Trial }));
const groupedBy = (key: string) => groupsOf(members, key, [{ key, kind: "", title: key, names: [key] }]);

test("groups that line styles divide keep the color of what they are part of, and differ in their dashes", () => {
  const optimizers = groupedBy("optimizer");
  const { groups, paintOf, paints } = colorGroups(crossed(optimizers, groupedBy("nesterov")), LIGHT);
  const whole = colorGroups(optimizers, LIGHT);
  const colors = new Map(optimizers.groups.map((group) => [group.key, whole.paintOf(group).color]));
  expect(groups.map((group) => paintOf(group).color)).toEqual(["adam", "adam", "sgd", "sgd"].map((key) => colors.get(key)));
  expect(new Set(groups.map((group) => JSON.stringify(paintOf(group)))).size).toBe(4);
  expect(paints.get("0")).not.toEqual(paints.get("2"));
});

test("a level has one color in a study, in its confirmation and in both together, light and dark", () => {
  const space = { optimizer: { choice: ["sgd", "adam", "rmsprop", "lion"].map((name) => ({ name })) } };
  const columns = withDeclared([{ key: "optimizer", kind: "", title: "optimizer", names: ["optimizer"] }], [space]);
  const of = (study: string, optimizers: readonly string[]) =>
    optimizers.map((optimizer, number) => ({ key: `${study}:${number}`, study, trial: { number, parameters: { optimizer }, run_ids: [] } as unknown as Trial }));
  const [searched, confirmed] = [of("digits", ["adam", "sgd", "lion", "rmsprop"]), of("digits-confirm-1", ["rmsprop", "adam", "sgd"])];
  for (const palette of [LIGHT, DARK]) {
    const [there, here, both] = [searched, confirmed, [...confirmed, ...searched]].map((members) => {
      const { groups, paintOf } = colorGroups(groupsOf(members, "optimizer", columns), palette);
      return Object.fromEntries(groups.map((group) => [group.key, paintOf(group).color]));
    });
    expect(there).toMatchObject(here ?? {});
    expect(both).toEqual(there);
    expect(new Set(Object.values(there ?? {})).size).toBe(4);
  }
});
