/** The worker that all pages of a browser share: it holds the one stream. */

import { Hub } from "./hub";
import type { ToStream } from "./messages";

// The compiler knows the names of pages only; a shared worker's own scope has these two beside them.
const scope = self as unknown as {
  onconnect: (event: MessageEvent) => void;
  addEventListener: (kind: "online", hear: () => void) => void;
};
const hub = new Hub((url) => new EventSource(url));

scope.addEventListener("online", () => hub.wake());
scope.onconnect = ({ ports: [port] }) => {
  if (!port) return;
  const hear = hub.join((message) => port.postMessage(message));
  port.onmessage = ({ data }: MessageEvent<ToStream>) => hear(data);
};
