import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import * as calls from "../../api/trials";
import type { Trial } from "../../api/types";
import { catchUp, refresh, refreshTrials } from "./live";
import type { StudyEvent } from "../../stream/messages";
import { noChanges, note } from "./changes";

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

test("a list that was read before its study gets what has ended and come between the two", async () => {
  const client = new QueryClient();
  const list = shown(client, ["trials", "digits"], [trial(0, "COMPLETED"), trial(1, "RUNNING")]);
  const asked = vi.spyOn(calls, "getTrials").mockResolvedValue([trial(1, "COMPLETED"), trial(2, "RUNNING")]);
  const counts = { WAITING: 0, RUNNING: 1, COMPLETED: 2, PRUNED: 0, FAILED: 0, CANCELLED: 0 };
  const caughtUp = catchUp(client, "digits", counts);
  list.answer();
  await caughtUp;
  expect(asked).toHaveBeenCalledExactlyOnceWith("digits", [1, 2]);
  expect(client.getQueryData<Trial[]>(["trials", "digits"])?.map(({ state }) => state)).toEqual(["COMPLETED", "COMPLETED", "RUNNING"]);
  list.stop();
});

test("of a list in which all have ended and none is missing, and of one that nobody asked for, nothing is asked", async () => {
  const client = new QueryClient();
  const asked = vi.spyOn(calls, "getTrials");
  const counts = { WAITING: 0, RUNNING: 0, COMPLETED: 1, PRUNED: 0, FAILED: 0, CANCELLED: 0 };
  await catchUp(client, "digits", counts);
  client.setQueryData(["trials", "digits"], [trial(0, "COMPLETED")]);
  await catchUp(client, "digits", counts);
  expect(asked).not.toHaveBeenCalled();
});

test("what is found in all trials is asked for again where others count, also of a study whose confirmation it is, and not for what else changes", async () => {
  const client = new QueryClient();
  const keys = [["insight", "digits-confirm-1", "effects"], ["answer", ["digits"], "ranking"]];
  for (const key of keys) client.setQueryData(key, {});
  const stale = () => keys.map((key) => client.getQueryState(key)?.isInvalidated);
  const told = (kind: string, payload: object) => {
    const changes = noChanges();
    note(changes, { study: "digits-confirm-1", number: 1, kind, payload } as StudyEvent, new Set());
    return refresh(client, "digits-confirm-1", changes);
  };
  await told("trial", { trial: 0 });
  await told("study", { change: "state" });
  expect(stale()).toEqual([false, false]);
  await told("study", { change: "excluded" });
  expect(stale()).toEqual([true, true]);
});

test("trials do not wait for the answers that are asked for again", async () => {
  const client = new QueryClient();
  client.setQueryData(["trials", "digits"], [trial(0, "COMPLETED")]);
  const ranking = shown(client, ["answer", ["digits"], "ranking"], "first");
  vi.spyOn(calls, "getTrials").mockResolvedValue([trial(0, "COMPLETED", true)]);
  await refresh(client, "digits", { ...noChanges(), counting: true, trials: new Set([0]) });
  expect(client.getQueryData<Trial[]>(["trials", "digits"])?.map(({ excluded }) => excluded)).toEqual([true]);
  ranking.answer();  // it may be older than the change
  await vi.waitFor(() => expect(ranking.asked.length).toBe(2));
  ranking.stop();
});

test("curves that are on their way are followed from there, and those out of sight are stale", async () => {
  const client = new QueryClient();
  const key = (metric: string) => ["curves", "digits", metric, null, "epoch", null];
  client.setQueryData(key("accuracy"), [1]);
  const loss = shown(client, key("loss"), [1]);
  const refreshed = refresh(client, "digits", { ...noChanges(), runs: new Set(["run_0"]) });
  loss.answer();
  await vi.waitFor(() => expect(loss.asked.length).toBe(2));
  loss.asked[1]?.([1, 2]);
  await refreshed;
  expect(client.getQueryData(key("loss"))).toEqual([1, 2]);
  expect(client.getQueryState(key("loss"))?.isInvalidated).toBe(false);
  expect(client.getQueryState(key("accuracy"))?.isInvalidated).toBe(true);
  loss.stop();
});

test("curves of named runs are not asked for where others have changed, and a failure is told", async () => {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const asked = vi.fn(() => Promise.reject(new Error("the service is down")));
  const key = ["curves", ["digits"], "loss", ["run_0"], "epoch", null];
  client.setQueryData(key, [1]);
  const stop = new QueryObserver(client, { queryKey: key, queryFn: asked, staleTime: Infinity }).subscribe(() => undefined);
  await refresh(client, "digits", { ...noChanges(), runs: new Set(["run_1"]) });
  expect(asked).not.toHaveBeenCalled();
  await expect(refresh(client, "digits", { ...noChanges(), runs: new Set(["run_0"]) })).rejects.toThrow("down");
  stop();
});
