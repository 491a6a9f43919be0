/** Live pages: the study's event stream says that something changed, and what is shown is then fetched again. */

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { eventsUrl } from "../api/studies";
import { curvesKey, studyKeys } from "./queries";
import { throttle } from "./throttle";

export type Connection = "connecting" | "live" | "reconnecting";

const INTERVAL = 700;
const RETRY = 3000;

/** Follow a study from the version that is shown. A lost stream goes on behind the last event that was seen. */
export function useLive(study: string, version: number): Connection {
  const client = useQueryClient();
  const seen = useRef(version);
  const [connection, setConnection] = useState<Connection>("connecting");

  useEffect(() => {
    const refresh = (queryKey: readonly unknown[]) => client.invalidateQueries({ queryKey });
    const curves = throttle(() => refresh(curvesKey(study)), INTERVAL);
    const rest = throttle(() => Promise.all(studyKeys(study).map(refresh)), INTERVAL);
    let source: EventSource;
    let retry: ReturnType<typeof setTimeout> | undefined;

    function changed({ type, lastEventId }: MessageEvent): void {
      seen.current = Number(lastEventId);
      curves.request();
      if (type !== "metrics") rest.request();
    }

    // The browser reconnects by itself, with Last-Event-ID, unless the server refused the stream.
    function open(): void {
      source = new EventSource(eventsUrl(study, seen.current));
      source.onopen = () => setConnection("live");
      source.onerror = () => {
        setConnection("reconnecting");
        if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY);
      };
      for (const kind of ["study", "trial", "run", "metrics", "reset"]) source.addEventListener(kind, changed);
    }

    open();
    return () => {
      clearTimeout(retry);
      source.close();
      curves.cancel();
      rest.cancel();
    };
  }, [client, study]);

  return connection;
}
