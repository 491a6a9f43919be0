/** Live pages: the study's event stream says that something changed, and what is shown is then fetched again. */

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { eventsUrl } from "../api/studies";
import { curvesKey, studyKeys } from "./queries";
import { throttle } from "./throttle";

export type Connection = "connecting" | "live" | "reconnecting";

const INTERVAL = 700;
const RETRY = 3000;

/** Follow a study. The browser resumes a broken stream by Last-Event-ID; one the server refuses is opened anew. */
export function useLive(study: string): Connection {
  const client = useQueryClient();
  const [connection, setConnection] = useState<Connection>("connecting");

  useEffect(() => {
    const refresh = (queryKey: readonly unknown[]) => client.invalidateQueries({ queryKey });
    const curves = throttle(() => refresh(curvesKey(study)), INTERVAL);
    const rest = throttle(() => Promise.all(studyKeys(study).map(refresh)), INTERVAL);
    const everything = () => {
      curves.request();
      rest.request();
    };
    let source: EventSource;
    let retry: ReturnType<typeof setTimeout> | undefined;

    function open(): void {
      source = new EventSource(eventsUrl(study));
      source.onopen = () => {
        setConnection("live");
        everything();
      };
      source.onerror = () => {
        setConnection("reconnecting");
        if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY);
      };
      source.addEventListener("metrics", () => curves.request());
      for (const kind of ["study", "trial", "run"]) source.addEventListener(kind, everything);
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
