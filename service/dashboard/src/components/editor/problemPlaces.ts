/** Where in a YAML text a refused field stands. */

import { isMap, isNode, isPair, isScalar, isSeq, parseDocument } from "yaml";
import type { FieldProblem } from "../../api/client";
import { worded } from "../../api/client";

export interface Place {
  readonly from: number;
  readonly to: number;
}

export interface PlacedProblem extends Place {
  readonly message: string;
}

/** The syntax errors of a text. */
export function syntaxProblems(text: string): PlacedProblem[] {
  return parseDocument(text).errors.map(({ pos: [from, to], message }) => ({ ...within(text, from, to), message: message.split("\n")[0] ?? message }));
}

/** Each problem at the field that its path names, or at the nearest field around it that the text has. */
export function placeProblems(text: string, problems: readonly FieldProblem[]): PlacedProblem[] {
  const root: unknown = parseDocument(text).contents;
  return problems.map((problem) => ({ ...within(text, ...placeIn(root, problem.path.split(".").filter(Boolean))), message: worded(problem) }));
}

function placeIn(root: unknown, path: readonly string[]): [from: number, to: number] {
  let [node, place]: [unknown, [number, number]] = [root, [0, 0]];
  let rest = [...path];
  while (rest.length > 0) {
    const step = stepInto(node, rest);
    if (step === null) break;
    [node, place, rest] = [step.node, step.place, rest.slice(step.used)];
  }
  return place;
}

/** A key may have dots in it, and a path may name what a component's short form leaves out. */
function stepInto(node: unknown, path: readonly string[]): { node: unknown; place: [number, number]; used: number } | null {
  if (isSeq(node)) {
    const item = node.items[Number(path[0])];
    return isNode(item) && item.range ? { node: item, place: [item.range[0], item.range[1]], used: 1 } : null;
  }
  if (!isMap(node)) return null;
  for (let used = 1; used <= path.length; used++) {
    const key = path.slice(0, used).join(".");
    const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key);
    if (pair && isScalar(pair.key) && pair.key.range) return { node: pair.value, place: [pair.key.range[0], pair.key.range[1]], used };
  }
  return null;
}

function within(text: string, from: number, to: number): Place {
  const start = Math.max(0, Math.min(from, text.length));
  return { from: start, to: Math.max(start, Math.min(to, text.length)) };
}
