import { Link } from "wouter";
import type { Worker } from "../../api/types";
import { formatResources, plural } from "../../format/numbers";
import { Elapsed } from "../basics/Clock";

/** The workers, machine by machine. */
export function Hosts({ workers }: { readonly workers: readonly Worker[] }) {
  const hosts = [...new Set(workers.map(({ host }) => host))].sort();
  return (
    <div className="hosts">
      {hosts.map((host) => {
        const own = workers.filter((worker) => worker.host === host);
        const busy = own.filter(({ state }) => state === "busy").length;
        return (
          <section key={host} className="panel padded" aria-label={host || "This machine"}>
            <header className="section-head">
              <h2>{host || "This machine"}</h2>
              <span className="muted number">
                {busy} of {plural(own.length, "worker")} busy
              </span>
            </header>
            <ul className="workers">
              {own.map((worker) => <WorkerRow key={worker.id} worker={worker} />)}
            </ul>
          </section>
        );
      })}
    </div>
  );
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
        {formatResources({ cpus, gpus })}
      </span>
      <span className="muted" title={`Process ${pid ?? "unknown"}`}>
        {id}
      </span>
    </li>
  );
}
