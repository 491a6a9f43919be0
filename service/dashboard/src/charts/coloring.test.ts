import { expect, test } from "vitest";
import type { Trial } from "../api/types";
import { crossed, groupsOf } from "../curves/groups/groups";
import { colorGroups } from "./coloring";
import { LIGHT } from "./colors";

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
