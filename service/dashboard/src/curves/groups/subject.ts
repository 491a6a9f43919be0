/** What stands on the bench: the trials of one study, or those of several side by side. */

import type { StudyView, Trial } from "../../api/types";
import type { Column, Parameters } from "../../format/columns";
import { cell, columnsOf } from "../../format/columns";
import { CONFIGURATION } from "../../state/url/bench";
import { isMapping, withDeclared } from "./declared";
import type { Member } from "./groups";
import type { KeyOf } from "../lines";
import { trialKey } from "../lines";

export interface Subject {
  readonly studies: readonly StudyView[];
  readonly members: readonly Member[];
  /** The parameters by which trials can be told apart. */
  readonly columns: readonly Column[];
  /** Key of the best trial. */
  readonly best: string | null;
  /** By what runs are grouped where the reader has not said; see `BenchView.group`. */
  readonly home: string;
  readonly keyOf: KeyOf;
}

export function membersOf(study: string, trials: readonly Trial[]): Member[] {
  return trials.map((trial) => ({ key: trialKey(trial.number), study, trial }));
}

const byNumber: KeyOf = ({ trial }) => trialKey(trial);

/** One study's trials, grouped by their configurations. */
export function subjectOf(study: StudyView, members: readonly Member[], columns: readonly Column[]): Subject {
  return { studies: [study], members, columns, best: study.best ? trialKey(study.best.trial) : null, home: CONFIGURATION, keyOf: byNumber };
}

/** The study that a trial is of, which tells trials apart like any of their parameters. */
const STUDY: Column = { key: "study", kind: "study", title: "study", names: ["study"] };

/** Several studies' trials, grouped by study; what tells them apart beside it are the parameters that all studies have. */
export function subjectOfSeveral(studies: readonly StudyView[], trials: readonly (readonly Trial[])[]): Subject {
  const names = new Set(trials.flat().flatMap(({ parameters }) => Object.keys(parameters)));
  const perStudy = studies.map((study, place) => (trials[place] ?? []).map((trial) => memberOf(study, trial, names)));
  const members = perStudy.flat();
  const columns = columnsOf(members.map(({ trial }) => trial)).filter(
    (column) => column.key !== STUDY.key && perStudy.every((some) => some.some(({ trial }) => cell(trial.parameters, column) !== undefined)),
  );
  const nameOf = new Map(studies.map(({ id, name }) => [id, name]));
  return { studies, members, columns: [STUDY, ...withDeclared(columns, studies.map(({ expanded_space: space }) => space))], best: bestOf(studies), home: STUDY.key, keyOf: ({ study, trial }) => trialKey(trial, nameOf.get(study) ?? study) };
}

/** Whether studies are judged by the same metric, in the same direction. */
export function isJudgedAlike(studies: readonly Pick<StudyView, "objective">[]): boolean {
  return studies.every(({ objective }) => objective.metric === studies[0]?.objective.metric && objective.direction === studies[0].objective.direction);
}

/** The best of all; none where values of different metrics do not compare. */
function bestOf(studies: readonly StudyView[]): string | null {
  if (!isJudgedAlike(studies)) return null;
  const found = studies.flatMap(({ name, best, objective }) => (best ? [{ key: trialKey(best.trial, name), merit: objective.direction === "maximize" ? best.value : -best.value }] : []));
  return found.length === 0 ? null : found.reduce((a, b) => (b.merit > a.merit ? b : a)).key;
}

function memberOf(study: StudyView, trial: Trial, names: ReadonlySet<string>): Member {
  const parameters = { ...fixedOf(study.expanded_space, names), ...trial.parameters, [STUDY.key]: study.name };
  return { key: trialKey(trial.number, study.name), study: study.name, trial: { ...trial, best: trial.number === study.best?.trial, parameters } };
}

/** What stood still in a study and varied in another: only so are trials of both told apart by it. */
function fixedOf(space: Parameters, names: ReadonlySet<string>): Parameters {
  const found = [...names].map((name) => [name, fixedAt(space, name)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** The plain value at a parameter's path, such as `optimizer` or `optimizer.adamw.lr`; nothing for a range. */
function fixedAt(space: Parameters, path: string): unknown {
  let found: unknown = space;
  for (const part of path.split(".")) {
    if (!isMapping(found)) return undefined;
    if (found["name"] !== part) found = found[part];  // a path goes through the component's name, beneath which its fields stand
  }
  return isMapping(found) ? (typeof found["name"] === "string" ? found["name"] : undefined) : found;
}
