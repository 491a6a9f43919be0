import { expect, test } from "vitest";
import type { BenchView } from "./bench";
import { INITIAL, changed, formatBench, parseBench } from "./bench";

const elsewhere: BenchView = {
  metric: "loss & more",
  axis: "training_time",
  logX: true,
  scale: "log",
  clip: false,
  train: "none",
  apart: true,
  group: "optimizer",
  reference: "sgd, slow",
  color: "optimizer.lr",
  dash: "schedule",
  center: "median",
  band: "minmax",
  survivors: "carry_last",
  members: false,
  smoothing: 7.5,
  bestSoFar: true,
  hidden: ["adam, fast", "sgd"],
  alone: true,
  names: ["adam=ours & theirs", "#3=mine"],
  filter: "state = COMPLETED and val_loss < 0.2",
  pins: ["3", "other:17"],
  baseline: "0",
  facet: "schedule",
  row: "optimizer",
  zoomX: [0.5, 12],
  zoomY: [-1e-7, 0.25],
};

test("a view comes back from its address, each choice alone and all together", () => {
  const keys = Object.keys(elsewhere) as (keyof BenchView)[];
  expect(Object.keys(INITIAL).sort()).toEqual([...keys].sort());
  for (const key of keys) expect(elsewhere[key], key).not.toEqual(INITIAL[key]);
  const alone = keys.filter((key) => key !== "center").map((key) => ({ ...INITIAL, [key]: elsewhere[key] }));
  for (const view of [INITIAL, elsewhere, ...alone]) {
    expect(parseBench(new URLSearchParams(formatBench(view).toString()))).toEqual(view);
  }
});

test("what is at its default stays out of the address, and what others put there stays", () => {
  expect(formatBench(INITIAL).toString()).toBe("");
  const present = new URLSearchParams("trial=3&metric=loss&x=step");
  expect(formatBench({ ...INITIAL, axis: "wall_time" }, present).toString()).toBe("trial=3&x=wall_time");
});

test.each(["x=width", "y=", "smooth=much", "smooth=", "zx=3..1", "zx=1", "zy=a..b", "band=1", "metric="])(
  "an address that says %s is read as if it did not",
  (query) => expect(parseBench(new URLSearchParams(query))).toEqual(INITIAL),
);

test("numbers beyond their bounds are taken to them", () => {
  expect(parseBench(new URLSearchParams("smooth=900")).smoothing).toBe(50);
  expect(parseBench(new URLSearchParams("smooth=-1")).smoothing).toBe(0);
});

test("another axis or another metric lets the zoom go that was for the last one", () => {
  const zoomed: BenchView = { ...INITIAL, zoomX: [1, 2], zoomY: [0, 1] };
  expect(changed(zoomed, { axis: "step" })).toMatchObject({ zoomX: null, zoomY: [0, 1] });
  expect(changed(zoomed, { metric: "loss" })).toMatchObject({ zoomX: [1, 2], zoomY: null });
  expect(changed(zoomed, { logX: true })).toMatchObject({ zoomX: [1, 2], zoomY: [0, 1] });
});

test("another choice lets the level go that the others of the last one were compared with", () => {
  const view: BenchView = { ...INITIAL, group: "optimizer", reference: "sgd" };
  expect(changed(view, { group: "initializer" }).reference).toBeNull();
  expect(changed(view, { metric: "loss" }).reference).toBe("sgd");
});

test("a logarithmic axis lets a zoom go that begins at or below zero, and keeps any other", () => {
  const zoomed: BenchView = { ...INITIAL, zoomX: [0, 2], zoomY: [-1, 1] };
  expect(changed(zoomed, { scale: "log" })).toMatchObject({ zoomX: [0, 2], zoomY: null });
  expect(changed(zoomed, { logX: true })).toMatchObject({ zoomX: null, zoomY: [-1, 1] });
  expect(changed({ ...zoomed, zoomY: [0.1, 1] }, { scale: "log" }).zoomY).toEqual([0.1, 1]);
});

test("a band that does not go with its middle gives way to one that does", () => {
  expect(changed(INITIAL, { center: "median" }).band).toBe("quartiles");
  expect(changed({ ...INITIAL, center: "median", band: "quartiles" }, { center: "mean" }).band).toBe("ci95");
  expect(changed({ ...INITIAL, band: "minmax" }, { center: "median" }).band).toBe("minmax");
  expect(parseBench(new URLSearchParams("band=quartiles")).band).toBe("ci95");
});

test("a zoom leaves the lists of the view what they are, so that no line is made anew", () => {
  const view = parseBench(new URLSearchParams("pin=3&pin=5&hide=adam"));
  const zoomed = parseBench(new URLSearchParams("pin=3&pin=5&hide=adam&zx=1..2"));
  expect(zoomed.zoomX).toEqual([1, 2]);
  expect(zoomed.pins).toBe(view.pins);
  expect(zoomed.hidden).toBe(view.hidden);
  expect(parseBench(new URLSearchParams("pin=3")).pins).toEqual(["3"]);
});
