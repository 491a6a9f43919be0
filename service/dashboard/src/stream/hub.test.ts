import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Source } from "./hub";
import { Hub, MOST_FOLLOWED } from "./hub";
import type { FromStream } from "./messages";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

class Stream implements Source {
  onopen: (() => unknown) | null = null;
  onerror: (() => unknown) | null = null;
  closed = false;
  private readonly hearers = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(readonly url: string) {}

  addEventListener(kind: string, hear: (event: MessageEvent<string>) => void): void {
    this.hearers.set(kind, hear);
  }

  close(): void {
    this.closed = true;
  }

  tell(study: string, number: number, kind = "metrics"): void {
    this.hearers.get(kind)?.({ data: JSON.stringify({ study, number, payload: {} }) } as MessageEvent<string>);
  }

  get after(): string | null {
    return new URL(this.url, "http://localhost").searchParams.get("after");
  }
}

function bench() {
  const streams: Stream[] = [];
  const hub = new Hub((url) => {
    const made = new Stream(url);
    streams.push(made);
    return made;
  });
  const page = () => {
    const heard: string[] = [];
    const connections: string[] = [];
    const tell = (message: FromStream) => {
      if (message.say === "connection") connections.push(message.connection);
      else heard.push(...message.events.map(({ study, number, kind }) => `${study} ${kind === "metrics" ? "" : `${kind} `}${number}`));
    };
    return { heard, connections, say: hub.join(tell) };
  };
  const last = () => streams.at(-1) as Stream;
  return { hub, page, streams, last };
}

test("pages of several studies share one stream, and each hears its own", () => {
  const { page, streams, last } = bench();
  const [one, other] = [page(), page()];
  one.say({ say: "follow", study: "a", after: 3 });
  other.say({ say: "follow", study: "b", after: 0 });
  vi.advanceTimersByTime(10);
  expect(streams.map(({ after }) => after)).toEqual(["a:3,b:0"]);
  last().tell("a", 4);
  last().tell("b", 1);
  expect([one.heard, other.heard]).toEqual([["a 4"], ["b 1"]]);
});

test("a page that comes behind is told what the others have heard already, and they hear nothing twice", () => {
  const { page, streams, last } = bench();
  const first = page();
  first.say({ say: "follow", study: "a", after: 3 });
  vi.advanceTimersByTime(10);
  last().tell("a", 4);
  const second = page();
  second.say({ say: "follow", study: "a", after: 3 });
  vi.advanceTimersByTime(10);
  expect(streams.map(({ after, closed }) => [after, closed])).toEqual([["a:3", true], ["a:3", false]]);
  last().tell("a", 4);
  last().tell("a", 5);
  expect([first.heard, second.heard]).toEqual([["a 4", "a 5"], ["a 4", "a 5"]]);
});

test("a lost stream is said, and goes on behind what was heard", () => {
  const { hub, page, streams, last } = bench();
  const one = page();
  one.say({ say: "follow", study: "a", after: 3 });
  vi.advanceTimersByTime(10);
  last().onopen?.();
  last().tell("a", 7);
  last().onerror?.();
  expect(one.connections).toEqual(["connecting", "live", "lost"]);
  vi.advanceTimersByTime(600);
  expect(last().after).toBe("a:7");
  last().onerror?.();
  hub.wake();
  expect(streams).toHaveLength(3);
  last().onopen?.();
  expect(one.connections.at(-1)).toBe("live");
});

test("after a retry at which nothing was wanted, what is followed next has a stream again", () => {
  const { page, streams, last } = bench();
  const one = page();
  one.say({ say: "follow", study: "a", after: 3 });
  vi.advanceTimersByTime(10);
  last().onerror?.();
  one.say({ say: "leave", study: "a" });
  vi.advanceTimersByTime(600);
  expect(one.connections.at(-1)).toBe("connecting");
  one.say({ say: "follow", study: "b", after: 0 });
  vi.advanceTimersByTime(10);
  expect(streams.map(({ after, closed }) => [after, closed])).toEqual([["a:3", true], ["b:0", false]]);
});

test("nobody's study is followed no more, nor that of a page that has been silent for long", () => {
  const { page, streams, last } = bench();
  const [one, other] = [page(), page()];
  one.say({ say: "follow", study: "a", after: 0 });
  other.say({ say: "follow", study: "b", after: 0 });
  vi.advanceTimersByTime(10);
  vi.advanceTimersByTime(200_000);
  one.say({ say: "alive" });
  vi.advanceTimersByTime(10);
  expect(last().after).toBe("a:0");
  one.say({ say: "bye" });
  vi.advanceTimersByTime(10);
  expect(streams.every(({ closed }) => closed)).toBe(true);
});

test("a study that is gone is told of once, and the stream goes on without it", () => {
  const { page, streams, last } = bench();
  const one = page();
  one.say({ say: "follow", study: "a", after: 0 });
  one.say({ say: "follow", study: "b", after: 0 });
  vi.advanceTimersByTime(10);
  last().tell("a", 0, "gone");
  last().tell("b", 1);
  vi.advanceTimersByTime(10);
  expect(one.heard).toEqual(["a gone 0", "b 1"]);
  expect(streams).toHaveLength(1);
});

test("more studies than one stream may follow have several, which live and fall together", () => {
  const { page, streams } = bench();
  const one = page();
  for (let number = 0; number < 2 * MOST_FOLLOWED + 1; number++) one.say({ say: "follow", study: `s${number}`, after: number });
  vi.advanceTimersByTime(10);
  expect(streams.map(({ after }) => after?.split(",").length)).toEqual([MOST_FOLLOWED, MOST_FOLLOWED, 1]);
  streams.slice(0, 2).forEach((stream) => stream.onopen?.());
  expect(one.connections.at(-1)).toBe("connecting");
  streams[2]?.onopen?.();
  expect(one.connections.at(-1)).toBe("live");
  streams[0]?.tell("s0", 1);
  streams[2]?.tell(`s${2 * MOST_FOLLOWED}`, 1000);
  expect(one.heard).toEqual(["s0 1", `s${2 * MOST_FOLLOWED} 1000`]);
  streams[1]?.onerror?.();
  expect([streams.map(({ closed }) => closed), one.connections.at(-1)]).toEqual([[true, true, true], "lost"]);
  vi.advanceTimersByTime(1000);
  expect(streams.slice(3).map(({ after }) => after?.split(",")[0])).toEqual(["s0:1", `s${MOST_FOLLOWED}:${MOST_FOLLOWED}`, `s${2 * MOST_FOLLOWED}:1000`]);
});
