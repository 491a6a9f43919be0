import { expect, test } from "vitest";
import type { ComponentEntry, Kind } from "../../api/types";
import { matching } from "./finding";

const component = (name: string, part: Partial<ComponentEntry> = {}) =>
  ({ name, aliases: [], summary: "", source: "", ...part }) as unknown as ComponentEntry;

const KINDS: Kind[] = [
  { name: "optimizer", summary: "", components: [component("nesterov", { aliases: ["nag"] }), component("adam")] },
  { name: "schedule", summary: "", components: [component("one_cycle", { source: "Smith & Topin, 2018" })] },
];

const found = (query: string) => matching(KINDS, query).flatMap(({ components }) => components.map(({ name }) => name));

test("names, aliases and sources are searched, whatever the case", () => {
  expect(found("")).toEqual(["nesterov", "adam", "one_cycle"]);
  expect(found("NAG")).toEqual(["nesterov"]);
  expect(found("one cycle")).toEqual(["one_cycle"]);
  expect(found("topin")).toEqual(["one_cycle"]);
  expect(matching(KINDS, "zzz")).toEqual([]);
});
