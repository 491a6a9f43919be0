/** One event stream for all pages of a browser: it follows every study that some page shows, and tells each its part. Only studies beyond those that the service puts into one have another. */

import type { Connection, FromStream, StudyEvent, ToStream } from "./messages";

/** The part of an `EventSource` that is used, so that a test can be one. */
export interface Source {
  onopen: ((event: Event) => unknown) | null;
  onerror: ((event: Event) => unknown) | null;
  addEventListener(kind: string, hear: (event: MessageEvent<string>) => void): void;
  close(): void;
}

type Tell = (message: FromStream) => void;

interface Page {
  readonly tell: Tell;
  /** Study to the number of the last event that the page has. */
  readonly seen: Map<string, number>;
  heardAt: number;
}

const KINDS = ["study", "trial", "run", "metrics", "reset", "gone"] as const;
/** So many studies the service follows in one stream. */
export const MOST_FOLLOWED = 50;
const FIRST_RETRY = 500;
const LAST_RETRY = 10_000;
/** Background pages are woken once a minute at most; one that was silent for longer has crashed or was closed. */
const SILENCE = 180_000;

export class Hub {
  private readonly pages = new Set<Page>();
  /** Study to the number of the last event that the open stream has told of, or from which it was asked. */
  private readonly told = new Map<string, number>();
  private sources: readonly Source[] = [];
  private connection: Connection = "connecting";
  private timer: ReturnType<typeof setTimeout> | null = null;
  private retry = FIRST_RETRY;

  constructor(
    private readonly open: (url: string) => Source,
    private readonly now: () => number = Date.now,
  ) {}

  /** A page begins; what comes back takes what it says. */
  join(tell: Tell): (message: ToStream) => void {
    const page: Page = { tell, seen: new Map(), heardAt: this.now() };
    this.pages.add(page);
    tell({ say: "connection", connection: this.connection });
    return (message) => {
      this.pages.add(page);  // a page that was frozen for long is back
      page.heardAt = this.now();
      if (message.say === "follow") this.follow(page, message.study, message.after);
      else if (message.say === "leave") page.seen.delete(message.study);
      else if (message.say === "bye") this.pages.delete(page);
      this.forgetSilent();
      this.adjust();
    };
  }

  /** Try at once what would be tried later, for the network is back. */
  wake(): void {
    if (this.connection === "lost") this.reopen();
  }

  private follow(page: Page, study: string, after: number): void {
    page.seen.set(study, after);
    const told = this.told.get(study);
    if (told === undefined || told > after) this.told.delete(study);  // it must be asked for again, from there
  }

  private forgetSilent(): void {
    for (const page of this.pages) if (this.now() - page.heardAt > SILENCE) this.pages.delete(page);
  }

  /** What the pages want, each study from the page that is furthest behind. */
  private wanted(): Map<string, number> {
    const wanted = new Map<string, number>();
    for (const { seen } of this.pages) {
      for (const [study, after] of seen) wanted.set(study, Math.min(after, wanted.get(study) ?? after));
    }
    return wanted;
  }

  /** Open the stream anew if it follows other studies than are wanted; several changes at once make one stream. */
  private adjust(): void {
    const wanted = this.wanted();
    const same = wanted.size === this.told.size && [...wanted.keys()].every((study) => this.told.has(study));
    if (!same && this.connection !== "lost") this.schedule(0);
  }

  private schedule(delay: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.reopen(), delay);
  }

  private reopen(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.close();
    this.told.clear();
    for (const [study, after] of this.wanted()) this.told.set(study, after);
    if (this.told.size === 0) {
      this.become("connecting");  // while it is lost nothing opens a stream but the retry, and none is left
      return;
    }
    const positions = [...this.told].map(([study, after]) => `${study}:${after}`);
    const parts = Array.from({ length: Math.ceil(positions.length / MOST_FOLLOWED) }, (_, part) => positions.slice(part * MOST_FOLLOWED, (part + 1) * MOST_FOLLOWED));
    this.sources = parts.map((part) => this.open(`/api/v1/events?after=${encodeURIComponent(part.join(","))}`));
    this.listen(this.sources);
  }

  /** All of them live or fall together, so that pages are told of one connection. */
  private listen(sources: readonly Source[]): void {
    const current = () => sources === this.sources;
    let opened = 0;
    for (const source of sources) {
      source.onopen = () => {
        if (!current() || ++opened < sources.length) return;
        this.retry = FIRST_RETRY;
        this.become("live");
      };
      source.onerror = () => current() && this.lose();
      for (const kind of KINDS) source.addEventListener(kind, ({ data }) => current() && this.hear(kind, data));
    }
  }

  private close(): void {
    for (const source of this.sources) source.close();
    this.sources = [];
  }

  /** Not left to the browser: it would go on from where this stream began, and gives up when it is refused. */
  private lose(): void {
    this.close();
    this.become("lost");
    this.schedule(this.retry);
    this.retry = Math.min(2 * this.retry, LAST_RETRY);
  }

  private become(connection: Connection): void {
    this.connection = connection;
    for (const { tell } of this.pages) tell({ say: "connection", connection });
  }

  private hear(kind: string, data: string): void {
    const event = { kind, ...(JSON.parse(data) as Omit<StudyEvent, "kind">) };
    const gone = kind === "gone";
    if (!gone) this.told.set(event.study, event.number);
    for (const { seen, tell } of this.pages) {
      const last = seen.get(event.study);
      if (last === undefined || (!gone && event.number <= last)) continue;
      if (gone) seen.delete(event.study);
      else seen.set(event.study, event.number);
      tell({ say: "events", events: [event] });
    }
    if (gone) this.told.delete(event.study);
  }
}
