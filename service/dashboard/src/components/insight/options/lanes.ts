/** Stays on workers put into lanes: a worker keeps to one, and where one has ended another takes its place. */

import type { Timeline } from "../../../api/types";

export type Stay = Timeline["items"][number];

export interface Lane {
  readonly node: string;
  readonly workers: readonly string[];
}

export interface Lanes {
  /** Node by node. */
  readonly lanes: readonly Lane[];
  /** Lane of each stay, in the order in which they came. */
  readonly places: readonly number[];
}

/** When a stay ended; one that goes on, now. */
export function endOf({ ended_at }: Stay, now: number): number {
  return ended_at === null ? now : Date.parse(ended_at);
}

export function lanesOf(stays: readonly Stay[], now: number): Lanes {
  const lives = livesOf(stays, now);
  const lanes: { node: string; workers: string[]; free: number }[] = [];
  const laneOf = new Map<string, (typeof lanes)[number]>();
  for (const [worker, { node, from, to }] of lives) {
    let lane = lanes.find((each) => each.node === node && each.free <= from);
    if (!lane) lanes.push((lane = { node, workers: [], free: 0 }));
    lane.workers.push(worker);
    lane.free = to;
    laneOf.set(worker, lane);
  }
  const ordered = [...lanes].sort((a, b) => a.node.localeCompare(b.node));
  const placeOf = new Map(ordered.map((lane, place) => [lane, place]));
  return { lanes: ordered.map(({ node, workers }) => ({ node, workers })), places: stays.map(({ worker }) => placeOf.get(laneOf.get(worker) as (typeof lanes)[number]) as number) };
}

/** Of each worker when it is first and last known to have trained, in the order of the beginnings. */
function livesOf(stays: readonly Stay[], now: number) {
  const lives = new Map<string, { readonly node: string; from: number; to: number }>();
  for (const stay of stays) {
    const [from, to] = [Date.parse(stay.started_at), endOf(stay, now)];
    const life = lives.get(stay.worker) ?? { node: stay.node, from, to };
    lives.set(stay.worker, { ...life, from: Math.min(life.from, from), to: Math.max(life.to, to) });
  }
  return [...lives].sort(([, a], [, b]) => a.from - b.from);
}

/** From when on all that ran is among the stays: without the earlier ones, from the end of the first that is left. */
export function knownSince(stays: readonly Stay[], hasMore: boolean): number {
  const moments = hasMore ? stays.flatMap(({ ended_at }) => ended_at ?? []) : stays.map(({ started_at }) => started_at);
  return moments.reduce((least, moment) => Math.min(least, Date.parse(moment)), Infinity);
}

/** The part of the time between two moments in which lanes had a run, all of them together. */
export function utilization(stays: readonly Stay[], lanes: number, from: number, to: number): number {
  const busy = stays.reduce((sum, stay) => sum + Math.max(0, Math.min(endOf(stay, to), to) - Math.max(Date.parse(stay.started_at), from)), 0);
  return lanes === 0 || to <= from ? 0 : busy / (lanes * (to - from));
}
