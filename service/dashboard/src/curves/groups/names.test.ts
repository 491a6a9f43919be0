import { expect, test } from "vitest";
import type { Trial } from "../../api/types";
import { groupsOf } from "./groups";
import { namesOf, ofTrials, renamed, trialMark, withNames } from "./names";

test("a name stands for a group or a trial, and goes when it is emptied", () => {
  const texts = renamed(renamed([], "3", "three = 3"), trialMark("3"), " as in the paper ");
  expect(texts).toEqual(["3=three = 3", "#3=as in the paper"]);
  expect([namesOf(texts).ofGroup("3"), namesOf(texts).ofTrial("3"), namesOf(texts).ofTrial("4")]).toEqual(["three = 3", "as in the paper", "trial 4"]);
  expect(renamed(renamed(texts, "3", "another"), "#3", "")).toEqual(["3=another"]);
  expect(ofTrials(texts)).toEqual(["#3=as in the paper"]);
});

test("a key may hold the sign, and what stands for it", () => {
  for (const key of ["lr=0.1", "=", "a%3Db", "50 %"]) {
    const texts = renamed(renamed([], "lr", "other"), key, "x = y");
    expect(namesOf(texts).ofGroup(key)).toBe("x = y");
    expect(renamed(texts, key, "z").length).toBe(2);
    expect(renamed(texts, key, "")).toEqual(["lr=other"]);
  }
});

test("groups have their names wherever they are found", () => {
  const members = ["adam", "sgd"].map((optimizer, number) => ({ key: String(number), study: "digits", trial: { number, parameters: { optimizer }, run_ids: [] } as unknown as Trial }));
  const column = { key: "optimizer", kind: "", title: "optimizer", names: ["optimizer"] };
  const { groups, of } = withNames(groupsOf(members, "optimizer", [column]), namesOf(["adam=ours", "#1=mine"]));
  expect(groups.map(({ key, label }) => [key, label])).toEqual([["adam", "ours"], ["sgd", "sgd"]]);
  expect(of.get("0")?.label).toBe("ours");
  expect(withNames(groupsOf(members, null, [column]), namesOf(["adam=ours", "#1=mine"])).groups.map(({ label }) => label)).toEqual(["trial 0", "mine"]);
});
