import { expect, test } from "vitest";
import type { Stay } from "./lanes";
import { knownSince, lanesOf, utilization } from "./lanes";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const NOW = Date.parse(at(60));

function stay(worker: string, from: number, to: number | null, node = "a"): Stay {
  return { study: "digits", trial: 0, run_id: "run", attempt: 1, worker, node, cpus: 1, gpus: 0, started_at: at(from), ended_at: to === null ? null : at(to), parent_checkpoint: null, left_run: null, reason: "" };
}

test("a worker that begins when another has ended takes its lane, and nodes stay apart", () => {
  const stays = [stay("w3", 12, null), stay("w2", 1, 50), stay("w1", 5, 10), stay("w1", 0, 4), stay("w4", 20, 30, "b")];
  const { lanes, places } = lanesOf(stays, NOW);
  expect(lanes).toEqual([{ node: "a", workers: ["w1", "w3"] }, { node: "a", workers: ["w2"] }, { node: "b", workers: ["w4"] }]);
  expect(places).toEqual([0, 1, 0, 0, 2]);
});

test("how much of the time was used counts what lies within it", () => {
  expect(utilization([stay("w1", 0, 30), stay("w2", 45, null)], 2, Date.parse(at(20)), NOW)).toBeCloseTo((10 + 15) / 80);
  expect(utilization([], 0, 0, NOW)).toBe(0);
});

test("what is left out of earlier stays is counted as no idle time", () => {
  const stays = [stay("w3", 12, null), stay("w2", 1, 50), stay("w1", 0, 40)];
  expect(knownSince(stays, false)).toBe(Date.parse(at(0)));
  expect(knownSince(stays, true)).toBe(Date.parse(at(40)));
});
