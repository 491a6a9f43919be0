import { expect, test } from "vitest";
import { placeProblems, syntaxProblems } from "./problemPlaces";

const TEXT = `name: x
space:
  optimizer:
    choice:
      - {name: adam}
      - {name: adamm, lr: 3}
  regularizers.dropout.p: 2
`;
const found = (path: string) => {
  const [{ from, to, message }] = placeProblems(TEXT, [{ path, message: "is wrong" }]) as [{ from: number; to: number; message: string }];
  return [TEXT.slice(from, to), message];
};

test("a problem stands at the key or the item that its path names", () => {
  expect(found("space.optimizer")).toEqual(["optimizer", "space.optimizer: is wrong"]);
  expect(found("space.optimizer.choice.1.lr")[0]).toBe("lr");
  expect(found("space.optimizer.choice.0")[0]).toBe("{name: adam}");
  expect(found("space.regularizers.dropout.p")[0]).toBe("regularizers.dropout.p");
});

test("what the text does not have stands at the nearest field around it", () => {
  expect(found("space.optimizer.choice.0.lr")[0]).toBe("{name: adam}");
  expect(found("objective.metric")[0]).toBe("");
  expect(found("")).toEqual(["", "is wrong"]);
});

test("a text that is no YAML has its place and reason", () => {
  const [problem] = syntaxProblems("name: [a\nother: b\n");
  expect(problem?.from).toBeGreaterThan(0);
  expect(syntaxProblems(TEXT)).toEqual([]);
});
