import { expect, test } from "vitest";
import { withDeclared } from "./declared";

const column = (...names: readonly string[]) => ({ key: names.join(), kind: "", title: "", names });
const SPACE = {
  optimizer: { choice: [{ name: "sgd", lr: { log_uniform: [0.001, 1] } }, { name: "adam", amsgrad: { choice: [false, true] } }] },
  model: { name: "mlp", hidden: { choice: [[64], [64, 32]] } },
  regularizers: { dropout: { optional: { p: { uniform: [0, 0.5] } } }, ema: { where: { choice: ["all", "last"] } } },
  activation: { name: "relu" },
};

test.each([
  [["optimizer"], ["sgd", "adam"]],
  [["optimizer.adam.amsgrad"], ["off", "on"]],
  [["optimizer.sgd.lr"], []],
  [["model.mlp.hidden"], ["64", "64 × 32"]],
  [["regularizers.dropout"], ["off", "on"]],
  [["regularizers.dropout.p"], []],
  [["regularizers.ema.where"], ["all", "last"]],
  [["activation"], ["relu"]],
  [["schedule"], []],
])("what a space declares of %s", (names, declared) => {
  expect(withDeclared([column(...names)], [SPACE])[0]?.declared).toEqual(declared);
});

test("what another space declares besides comes after", () => {
  const other = { optimizer: { choice: ["lion", "adam"] } };
  expect(withDeclared([column("optimizer")], [SPACE, other])[0]?.declared).toEqual(["sgd", "adam", "lion"]);
});
