import { useEffect } from "react";
import type { Worker } from "../api/types";
import { Empty, ErrorNotice, Loading } from "../components/basics/Notice";
import { TimelinePicture } from "../components/insight/pictures/TimelinePicture";
import { Hosts } from "../components/workers/Hosts";
import { Queue } from "../components/workers/Queue";
import { SamplerList } from "../components/workers/SamplerList";
import { formatResources, plural } from "../format/numbers";
import { useStudies } from "../state/queries";
import { useTitle } from "../state/title";
import { useWorkers } from "../state/workers";

const LIVING = { filter: null, state: ["QUEUED", "RUNNING", "PAUSED"] } as const;
const INTERVAL = 2000;

/** What runs where, what ran in the last hour, what waits and why, and the processes that ask samplers. */
export function WorkersPage() {
  useTitle("Workers");
  const { data: workers, error, refetch } = useWorkers(true, INTERVAL);
  const { data: living, error: studiesError, hasNextPage, fetchNextPage } = useStudies(LIVING);
  const n = living?.pages.length;
  useEffect(() => {
    if (hasNextPage) void fetchNextPage();  // the queue is whole, or it is none
  }, [n, hasNextPage, fetchNextPage]);
  const studies = hasNextPage ? undefined : living?.pages.flatMap((page) => page.items);
  if (!workers) return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <Loading what="the workers" />;
  const { items } = workers;
  const busy = items.filter(({ state }) => state === "busy");
  return (
    <>
      <header className="list-head">
        <h1>Workers</h1>
        <span className="muted">
          {plural(busy.length, "worker")} of {items.length} busy
          {busy.length > 0 && ` · ${formatResources({ cpus: sum(busy, "cpus"), gpus: sum(busy, "gpus") })} in use`}
        </span>
      </header>
      {items.length === 0 && studies?.length === 0 && (
        <Empty title="No worker is warm">
          <p>They start with the first trial that waits, and end after five idle minutes.</p>
        </Empty>
      )}
      <div className="workers-page">
        <Hosts workers={items} />
        {studies ? <Queue studies={studies} workers={workers} /> : studiesError ? <ErrorNotice error={studiesError} /> : <Loading what="the studies" />}
        <TimelinePicture study={null} live />
        <SamplerList samplers={workers.samplers} />
      </div>
    </>
  );
}

function sum(workers: readonly Worker[], what: "cpus" | "gpus"): number {
  return workers.reduce((total, worker) => total + worker[what], 0);
}
