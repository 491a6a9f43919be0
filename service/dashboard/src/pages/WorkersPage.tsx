import { Link } from "wouter";
import type { Study, Worker } from "../api/types";
import { Elapsed } from "../components/basics/Clock";
import { Empty, ErrorNotice, Loading } from "../components/basics/Notice";
import { StateBadge } from "../components/basics/StateBadge";
import { formatNumber, plural } from "../format/numbers";
import { useStudies, useWorkers } from "../state/queries";
import { useTitle } from "../state/title";

const LIVING = { filter: null, state: ["QUEUED", "RUNNING", "PAUSED"] } as const;

/** What runs where, and what waits. */
export function WorkersPage() {
  useTitle("Workers");
  const { data: workers, error, refetch } = useWorkers(true);
  const { data } = useStudies(LIVING);
  const studies = data?.pages.flatMap((page) => page.items) ?? [];
  if (!workers) return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <Loading what="the workers" />;
  const busy = workers.filter(({ state }) => state === "busy");
  const hosts = [...new Set(workers.map(({ host }) => host))].sort();
  return (
    <>
      <header className="list-head">
        <h1>Workers</h1>
        <span className="muted">
          {plural(busy.length, "worker")} of {workers.length} busy
          {busy.length > 0 && ` · ${formatNumber(sum(busy, "cpus"))} CPU${sum(busy, "gpus") > 0 ? `, ${formatNumber(sum(busy, "gpus"))} GPU` : ""} in use`}
        </span>
      </header>
      {workers.length === 0 && (
        <Empty title="No worker is warm">
          <p>They start with the first trial that waits, and end after five idle minutes.</p>
        </Empty>
      )}
      <div className="hosts">
        {hosts.map((host) => (
          <section key={host} className="panel padded" aria-label={host || "This machine"}>
            <h2>{host || "This machine"}</h2>
            <ul className="workers">
              {workers.filter((worker) => worker.host === host).map((worker) => <WorkerRow key={worker.id} worker={worker} />)}
            </ul>
          </section>
        ))}
      </div>
      <Queue studies={studies} />
    </>
  );
}

function sum(workers: readonly Worker[], what: "cpus" | "gpus"): number {
  return workers.reduce((total, worker) => total + worker[what], 0);
}

function WorkerRow({ worker: { id, state, study, trial, since, cpus, gpus, pid } }: { readonly worker: Worker }) {
  return (
    <li className={`worker worker-${state}`}>
      <span className="worker-state">{state}</span>
      <span className="worker-work">
        {study !== null && trial !== null ? (
          <Link href={`/studies/${encodeURIComponent(study)}/trials/${trial}`}>
            {study}, trial {trial}
          </Link>
        ) : (
          <span className="muted">{state === "idle" ? "waits for a trial" : state === "starting" ? "is getting ready" : "a run that has just ended"}</span>
        )}
      </span>
      <span className="muted number">{since && <Elapsed since={since} until={null} />}</span>
      <span className="muted">
        {formatNumber(cpus)} CPU{gpus > 0 && `, ${formatNumber(gpus)} GPU`}
      </span>
      <span className="muted" title={`Process ${pid ?? "unknown"}`}>
        {id}
      </span>
    </li>
  );
}

/** The studies that go on, by priority, each with what it waits for. */
function Queue({ studies }: { readonly studies: readonly Study[] }) {
  const ordered = [...studies].sort((a, b) => b.priority - a.priority || a.created_at.localeCompare(b.created_at));
  return (
    <section className="panel padded queue" aria-label="Studies that go on">
      <h2>Studies that go on</h2>
      {ordered.length === 0 && <p className="muted">None: every study has ended.</p>}
      <ul>
        {ordered.map(({ id, name, state, reason, waits_for, priority, counts, max_concurrent_trials: most }) => (
          <li key={id}>
            <Link href={`/studies/${encodeURIComponent(name)}`}>{name}</Link>
            <StateBadge state={state} />
            <span>
              {counts.RUNNING} of at most {most} at once{counts.WAITING > 0 && `, ${counts.WAITING} waiting`}
            </span>
            {priority !== 0 && <span className="muted">priority {priority}</span>}
            {(waits_for || reason) && <span className="muted">{waits_for || reason}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
