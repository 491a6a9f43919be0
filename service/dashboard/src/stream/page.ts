/** A page's end of the browser's one stream. */

import { electedStream } from "./elected";
import type { Connection, FromStream, StudyEvent, ToStream } from "./messages";

type Hear = (events: readonly StudyEvent[]) => void;

const ALIVE = 30_000;

/** What carries messages to the stream, wherever it is held. */
export type Line = (hear: (message: FromStream) => void) => (message: ToStream) => void;

class PageStream {
  private connection: Connection = "connecting";
  private readonly hearers = new Map<string, Set<Hear>>();
  private readonly readers = new Set<() => void>();
  private readonly send: (message: ToStream) => void;

  constructor(line: Line) {
    this.send = line((message) => this.take(message));
    setInterval(() => this.send({ say: "alive" }), ALIVE);
    window.addEventListener("pagehide", () => this.send({ say: "bye" }));
    window.addEventListener("pageshow", ({ persisted }) => persisted && this.send({ say: "alive" }));
  }

  /** Hear the events of a study behind number `after`, until the returned function is called. */
  follow(study: string, after: number, hear: Hear): () => void {
    const hearers = this.hearers.get(study) ?? new Set();
    this.hearers.set(study, hearers.add(hear));
    this.send({ say: "follow", study, after });
    return () => {
      hearers.delete(hear);
      if (hearers.size > 0) return;
      this.hearers.delete(study);
      this.send({ say: "leave", study });
    };
  }

  subscribe = (changed: () => void): (() => void) => {
    this.readers.add(changed);
    return () => this.readers.delete(changed);
  };

  snapshot = (): Connection => this.connection;

  private take(message: FromStream): void {
    if (message.say === "connection") {
      this.connection = message.connection;
      for (const tell of this.readers) tell();
      return;
    }
    for (const event of message.events) for (const hear of this.hearers.get(event.study) ?? []) hear([event]);
  }
}

function sharedStream(hear: (message: FromStream) => void): (message: ToStream) => void {
  const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "studyhall" });
  worker.port.onmessage = ({ data }: MessageEvent<FromStream>) => hear(data);
  return (message) => worker.port.postMessage(message);
}

let stream: PageStream | null = null;

/** The stream; it begins when it is first asked for. */
export function pageStream(): PageStream {
  return (stream ??= new PageStream("SharedWorker" in window ? sharedStream : electedStream));
}
