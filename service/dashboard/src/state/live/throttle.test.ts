import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { throttle } from "./throttle";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("a burst makes one run at once and one later", async () => {
  const work = vi.fn(() => Promise.resolve());
  const refresh = throttle(work, 1000);
  refresh.request();
  await vi.advanceTimersByTimeAsync(0);
  for (let i = 0; i < 50; i++) refresh.request();
  await vi.advanceTimersByTimeAsync(999);
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(work).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(work).toHaveBeenCalledTimes(2);
});

test("slow work never overlaps, and its pauses grow with it", async () => {
  const starts: number[] = [];
  const begun = Date.now();
  const refresh = throttle(() => {
    starts.push(Date.now() - begun);
    return new Promise((done) => setTimeout(done, 2000));
  }, 100);
  refresh.request();
  await vi.advanceTimersByTimeAsync(500);
  refresh.request();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(starts).toEqual([0, 4000]);
});

test("nothing runs after a cancellation", async () => {
  const work = vi.fn(() => Promise.resolve());
  const refresh = throttle(work, 100);
  refresh.request();
  refresh.cancel();
  await vi.advanceTimersByTimeAsync(1000);
  expect(work).not.toHaveBeenCalled();
});
