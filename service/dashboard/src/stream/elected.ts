/** One stream for all pages where the browser has no shared workers: a page that holds a lock has it for the others. */

import { Hub } from "./hub";
import type { FromStream, ToStream } from "./messages";

type Letter =
  | { readonly to: "stream"; readonly from: string; readonly message: ToStream }
  | { readonly to: string; readonly message: FromStream }
  /** A page holds the stream now: whoever wants something of it says so again. */
  | { readonly to: "all"; readonly elected: true };

const NAME = "studyhall-events";

/** Without locks, which browsers have on secure origins only, each page has a stream of its own. */
export function electedStream(hear: (message: FromStream) => void): (message: ToStream) => void {
  if (!("locks" in navigator)) return ownHub().join(hear);
  const me = crypto.randomUUID();
  const channel = new BroadcastChannel(NAME);
  const wanted = new Map<string, ToStream>();
  let own: ((message: ToStream) => void) | null = null;

  const post = (letter: Letter) => channel.postMessage(letter);
  const send = (message: ToStream) => (own ? own(message) : post({ to: "stream", from: me, message }));

  void navigator.locks.request(NAME, () => {
    const hub = ownHub();
    const others = new Map<string, (message: ToStream) => void>();
    own = hub.join(hear);
    channel.onmessage = ({ data }: MessageEvent<Letter>) => {
      if (data.to !== "stream" || !("from" in data)) return;
      const { from, message } = data;
      const take = others.get(from) ?? hub.join((told) => post({ to: from, message: told }));
      others.set(from, take);
      take(message);
    };
    for (const message of wanted.values()) own(message);
    post({ to: "all", elected: true });
    return new Promise(() => {});  // until the page goes, and the next one has the lock
  });

  channel.onmessage = ({ data }: MessageEvent<Letter>) => {
    if (data.to === "all") for (const message of wanted.values()) send(message);
    else if (data.to === me && "message" in data) take(data.message as FromStream);
  };

  /** What was heard must not come again when another page takes the stream over. */
  function take(message: FromStream): void {
    if (message.say === "events") {
      for (const { study, number } of message.events) if (wanted.has(study)) wanted.set(study, { say: "follow", study, after: number });
    }
    hear(message);
  }

  return (message) => {
    if (message.say === "follow") wanted.set(message.study, message);
    if (message.say === "leave") wanted.delete(message.study);
    send(message);
  };
}

function ownHub(): Hub {
  const hub = new Hub((url) => new EventSource(url));
  window.addEventListener("online", () => hub.wake());
  return hub;
}
