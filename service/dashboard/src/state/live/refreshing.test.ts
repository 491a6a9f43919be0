import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { StudyEvent } from "../../stream/messages";
import type { Changes } from "./changes";
import { refreshing } from "./refreshing";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function ended(trial: number): StudyEvent {
  return { study: "digits", number: trial, kind: "trial", payload: { trial } };
}

function bench() {
  const asked: number[][] = [];
  const answers: ((failure?: Error) => void)[] = [];
  const leaveStale = vi.fn();
  const refresh = ({ trials }: Changes) => {
    asked.push([...trials].sort());
    return new Promise<void>((resolve, reject) => answers.push((failure) => (failure ? reject(failure) : resolve())));
  };
  return { ...refreshing(refresh, leaveStale), asked, answers, leaveStale };
}

const known = new Set<string>();
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

test("what a refresh failed at is tried again, with what has come meanwhile, and less often each time", async () => {
  const { take, asked, answers } = bench();
  take([ended(1)], known);
  await pass(0);
  answers[0]?.(new Error("the service is down"));
  await pass(500);
  expect(asked).toEqual([[1]]);
  await pass(600);
  answers[1]?.(new Error("the service is down"));
  await pass(1500);
  expect(asked).toEqual([[1], [1]]);
  take([ended(2)], known);
  await pass(300);
  answers[2]?.();
  await pass(60_000);
  expect(asked).toEqual([[1], [1], [1, 2]]);
});

test("a page that goes leaves what it has not refreshed stale, and asks for nothing more", async () => {
  const [idle, waiting, failing] = [bench(), bench(), bench()];
  idle.stop();
  expect(idle.leaveStale).not.toHaveBeenCalled();

  waiting.take([ended(1)], known);
  waiting.stop();
  await pass(10_000);
  expect(waiting.leaveStale).toHaveBeenCalledOnce();
  expect(waiting.asked).toEqual([]);

  failing.take([ended(1)], known);
  await pass(0);
  failing.stop();
  failing.answers[0]?.(new Error("the service is down"));
  await pass(10_000);
  expect(failing.leaveStale).toHaveBeenCalledOnce();
  expect(failing.asked).toEqual([[1]]);
});
