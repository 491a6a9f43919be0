import { expect, test } from "vitest";
import type { Comparison } from "../api/types";
import { besideTheChart, explain } from "./explaining";

const judged = (test: string) => ({ verdicts: [{ test }] }) as unknown as Comparison["tuned"];

test("what is drawn is named beside what is compared", () => {
  expect(besideTheChart("median")).toContain("draws the median of all runs");
  expect(besideTheChart("mean")).toContain("need not be the distance of the lines");
});

test("a number is said to be what its test takes: a shift by ranks, else a difference of means", () => {
  const found = { tuned: judged("paired t"), typical: judged("Mann-Whitney") };
  expect(explain("typical", found)).toContain("the median of the differences between any trial of the one and any of the other (Hodges–Lehmann)");
  expect(explain("tuned", found)).toContain("a difference of means");
  expect(explain("failures", found)).toContain("The share of trials that failed");
});
