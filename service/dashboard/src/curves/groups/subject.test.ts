import { expect, test } from "vitest";
import { trialOf } from "../../api/fixtures";
import type { Curves, StudyView, Trial } from "../../api/types";
import { CONFIGURATION } from "../../state/url/bench";
import { groupsOf } from "./groups";
import { trialName } from "../lines";
import { isJudgedAlike, membersOf, subjectOf, subjectOfSeveral } from "./subject";

function study(name: string, changes: Partial<StudyView> = {}): StudyView {
  return { id: `st_${name}`, name, objective: { metric: "val_loss", direction: "minimize" }, best: null, expanded_space: {}, ...changes } as unknown as StudyView;
}

function best(trial: number, value: number): StudyView["best"] {
  return { trial, value } as unknown as StudyView["best"];
}

const drawn = (number: number, parameters: Trial["parameters"]) => trialOf(number, 0.5, { parameters });
const seriesOf = (name: string, trial: number) => ({ study: `st_${name}`, trial }) as Curves["series"][number];

test("one study's trials are called by their numbers and grouped by configuration", () => {
  const alone = subjectOf(study("a", { best: best(3, 0.1) }), membersOf("a", [drawn(3, {})]), []);
  expect([alone.members[0]?.key, alone.best, alone.home, alone.keyOf(seriesOf("a", 3))]).toEqual(["3", "3", CONFIGURATION, "3"]);
});

test("of several studies each trial is called by its study too, and they are grouped by study", () => {
  const subject = subjectOfSeveral([study("a"), study("b")], [[drawn(0, { lr: 1 }), drawn(1, { lr: 2 })], [drawn(0, { lr: 1 })]]);
  expect(subject.members.map(({ key }) => key)).toEqual(["a:0", "a:1", "b:0"]);
  expect(subject.keyOf(seriesOf("b", 0))).toBe("b:0");
  expect(trialName("b:0")).toBe("trial 0 of b");
  expect(subject.columns.map(({ key }) => key)).toEqual(["study", "lr"]);
  const { groups } = groupsOf(subject.members, subject.home, subject.columns);
  expect(groups.map(({ label, runIds }) => [label, runIds.length])).toEqual([["a", 2], ["b", 1]]);
});

test("a parameter that one study has and another lacks groups nothing; one that stood still in a study does", () => {
  const space = { optimizer: { name: "adamw", lr: 0.01, weight_decay: { log_uniform: [1e-5, 1] } }, training: { epochs: 5 } };
  const subject = subjectOfSeveral(
    [study("fixed", { expanded_space: space }), study("searched")],
    [[drawn(0, { "schedule.cosine.warmup": 1 })], [drawn(0, { optimizer: "sgd", "optimizer.sgd.lr": 0.1 }), drawn(1, { optimizer: "adamw", "optimizer.adamw.lr": 0.2 })]],
  );
  expect(subject.columns.map(({ key }) => key)).toEqual(["study", "optimizer", "optimizer.lr"]);
  expect(groupsOf(subject.members, "optimizer", subject.columns).groups.map(({ label, runIds }) => [label, runIds.length])).toEqual([["adamw", 2], ["sgd", 1]]);
  expect(subject.members[0]?.trial.parameters).toEqual({ "schedule.cosine.warmup": 1, optimizer: "adamw", "optimizer.adamw.lr": 0.01, study: "fixed" });
});

test("of several studies a level has the place that the first of them declares", () => {
  const [some, others] = [["sgd", "adam"], ["lion", "adam", "sgd"]].map((names) => ({ optimizer: { choice: names.map((name) => ({ name })) } }));
  const subject = subjectOfSeveral(
    [study("a", { expanded_space: some ?? {} }), study("b", { expanded_space: others ?? {} })],
    [[drawn(0, { optimizer: "adam" })], [drawn(0, { optimizer: "lion" }), drawn(1, { optimizer: "sgd" })]],
  );
  expect(groupsOf(subject.members, "optimizer", subject.columns).groups.map(({ key, place }) => [key, place])).toEqual([["adam", 1], ["lion", 2], ["sgd", 0]]);
});

test("the best of all follows the direction, and there is none where studies are judged by different metrics", () => {
  const [a, b] = [study("a", { best: best(1, 0.3) }), study("b", { best: best(7, 0.2) })];
  expect(subjectOfSeveral([a, b], []).best).toBe("b:7");
  const objective = { metric: "val_accuracy", direction: "maximize" } as StudyView["objective"];
  expect(subjectOfSeveral([{ ...a, objective }, { ...b, objective }], []).best).toBe("a:1");
  expect(isJudgedAlike([{ ...a, objective }, b])).toBe(false);
  expect(subjectOfSeveral([{ ...a, objective }, b], []).best).toBeNull();
});
