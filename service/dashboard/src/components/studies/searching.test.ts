import { expect, test } from "vitest";
import { searchOf } from "./searching";

test("words are looked for where people look, and what has an operator is a filter", () => {
  expect(searchOf(null, null)).toEqual({ filter: null, state: null });
  expect(searchOf('my "paper"', null).filter).toBe('name ~ "my paper" or tags = "my paper" or experiment ~ "my paper" or notes ~ "my paper"');
  expect(searchOf('best < 0.1 and name = "a b"', "active")).toEqual({ filter: 'best < 0.1 and name = "a b"', state: ["QUEUED", "RUNNING", "PAUSED"] });
  expect(searchOf("state in (FAILED)", null).filter).toBe("state in (FAILED)");
});
