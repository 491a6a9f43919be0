import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import * as curves from "../../api/curves";
import * as calls from "../../api/trials";
import type { Curves, Trial } from "../../api/types";
import { refresh, refreshTrials } from "./live";
import { noChanges } from "./changes";

afterEach(() => vi.restoreAllMocks());

function trial(number: number, state: Trial["state"], excluded = false): Trial {
  return { number, state, excluded } as unknown as Trial;
}

/** A query that a page shows, whose first answer comes when it is let. */
function shown<T>(client: QueryClient, queryKey: readonly unknown[], first: T) {
  const asked: ((answer: T) => void)[] = [];
  const stop = new QueryObserver(client, { queryKey, queryFn: () => new Promise<T>((resolve) => asked.push(resolve)), staleTime: Infinity }).subscribe(() => undefined);
  return { asked, stop, answer: () => asked[0]?.(first) };
}

test("a trial that ends while the list is on its way is not left as it was", async () => {
  const client = new QueryClient();
  const list = shown(client, ["trials", "digits"], [trial(0, "RUNNING")]);
  vi.spyOn(calls, "getTrials").mockResolvedValue([trial(0, "COMPLETED")]);
  const refreshed = refreshTrials(client, "digits", [0]);
  list.answer();
  await refreshed;
  expect(client.getQueryData<Trial[]>(["trials", "digits"])?.map(({ state }) => state)).toEqual(["COMPLETED"]);
  list.stop();
});

test("what is found in all trials is asked for again where one is excluded, and not for what else changes", async () => {
  const client = new QueryClient();
  client.setQueryData(["trials", "digits"], [trial(0, "COMPLETED"), trial(1, "RUNNING")]);
  client.setQueryData(["insight", "digits", "effects"], {});
  const isStale = () => client.getQueryState(["insight", "digits", "effects"])?.isInvalidated;
  vi.spyOn(calls, "getTrials").mockResolvedValueOnce([trial(1, "COMPLETED")]).mockResolvedValueOnce([trial(0, "COMPLETED", true)]);
  await refreshTrials(client, "digits", [1]);
  expect(isStale()).toBe(false);
  await refreshTrials(client, "digits", [0]);
  expect(isStale()).toBe(true);
});

test("curves that are on their way get what came meanwhile, and those out of sight are stale", async () => {
  const client = new QueryClient();
  const key = (metric: string) => ["curves", "digits", metric, null, "epoch", false];
  const of = (y: number[]) => ({ metric: "loss", series: [{ run_id: "run_0", y }], n_runs: 1 }) as unknown as Curves;
  client.setQueryData(key("accuracy"), of([1]));
  const loss = shown(client, key("loss"), of([1]));
  vi.spyOn(curves, "getCurves").mockResolvedValue(of([1, 2]));
  const refreshed = refresh(client, "digits", { ...noChanges(), runs: new Set(["run_0"]) });
  loss.answer();
  await refreshed;
  expect(client.getQueryData<Curves>(key("loss"))?.series[0]?.y).toEqual([1, 2]);
  expect(client.getQueryState(key("loss"))?.isInvalidated).toBe(false);
  expect(client.getQueryState(key("accuracy"))?.isInvalidated).toBe(true);
  loss.stop();
});
