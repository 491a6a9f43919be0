import { expect, test } from "vitest";
import { diffLines, stretchesOf } from "./lineDiff";

const signs = { same: " ", removed: "-", added: "+" };
const written = (before: string, after: string) => diffLines(before, after).map(({ kind, text }) => signs[kind] + text);

test("lines that both have stand once, the others by whose they are", () => {
  expect(written("a\nb\nc\nd\n", "a\nx\nc\nd\ne\n")).toEqual([" a", "-b", "+x", " c", " d", "+e"]);
  expect(written("a\nb\n", "a\nb\n")).toEqual([" a", " b"]);
  expect(written("a\nb", "c")).toEqual(["-a", "-b", "+c"]);
});

test("what lies far from any difference is quiet", () => {
  const lines = diffLines("1\n2\n3\n4\n5\n6\nx\n7", "1\n2\n3\n4\n5\n6\ny\n7");
  expect(stretchesOf(lines, 2).map(({ quiet, lines: { length } }) => [quiet, length])).toEqual([[true, 4], [false, 5]]);
  expect(stretchesOf(lines, 5).map(({ quiet }) => quiet)).toEqual([false, false]);
  expect(stretchesOf(diffLines("a\nb", "a\nb"))).toEqual([{ quiet: true, lines: [{ kind: "same", text: "a" }, { kind: "same", text: "b" }] }]);
});
