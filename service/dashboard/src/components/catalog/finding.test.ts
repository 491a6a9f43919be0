import { expect, test } from "vitest";
import type { Catalog } from "../../api/types";
import { familiesOf } from "./families";
import { matching } from "./finding";

const component = (name: string, part: object = {}) => ({ name, aliases: [], summary: "", source: "", ...part });

const CATALOG = {
  kinds: [
    { name: "optimizer", summary: "", components: [component("nesterov", { aliases: ["nag"] }), component("adam")] },
    { name: "schedule", summary: "", components: [component("one_cycle", { source: "Smith & Topin, 2018" })] },
  ],
  experiments: [{ name: "digits-mlp", summary: "Handwritten digits", task: "classification" }],
  spaces: [{ name: "four-families", summary: "All four families at once" }],
  studies: [{ name: "digits", summary: "The first study to run" }],
} as unknown as Catalog;

const found = (query: string) => matching(familiesOf(CATALOG), query).flatMap(({ entries }) => entries.map(({ name }) => name));

test("names, aliases, summaries and sources are searched, whatever the case", () => {
  expect(found("")).toEqual(["nesterov", "adam", "one_cycle", "digits-mlp", "four-families", "digits"]);
  expect(found("NAG")).toEqual(["nesterov"]);
  expect(found("one cycle")).toEqual(["one_cycle"]);
  expect(found("topin")).toEqual(["one_cycle"]);
  expect(found("digits")).toEqual(["digits-mlp", "digits"]);
  expect(found("four families")).toEqual(["four-families"]);
  expect(found("classification")).toEqual(["digits-mlp"]);
  expect(matching(familiesOf(CATALOG), "zzz")).toEqual([]);
});
