import { Link } from "wouter";
import type { Study, Workers } from "../../api/types";
import { formatResources } from "../../format/numbers";
import { formatTurn } from "../../format/states";
import { StateBadge } from "../basics/StateBadge";

interface Props {
  readonly studies: readonly Study[];
  readonly workers: Pick<Workers, "waiting" | "reserved">;
}

/** So much of a node's id tells it from the others. */
const SHORT_ID = 8;

/** The studies that go on: first those of which something waits, in turn, each with what it waits for. */
export function Queue({ studies, workers: { waiting, reserved } }: Props) {
  const turns = new Map(waiting.map((wait, place) => [wait.study, { ...wait, place }]));
  const last = waiting.length;
  const ordered = [...studies].sort((a, b) => (turns.get(a.name)?.place ?? last) - (turns.get(b.name)?.place ?? last) || b.priority - a.priority || a.created_at.localeCompare(b.created_at));
  return (
    <section className="panel padded queue" aria-label="Studies that go on">
      <header className="section-head">
        <h2>Studies that go on</h2>
        {waiting.length > 0 && <span className="muted">those that wait come first, in turn</span>}
      </header>
      {ordered.length === 0 && <p className="muted">None: every study has ended.</p>}
      <ul>
        {ordered.map((study) => <QueueRow key={study.id} study={study} turn={turns.get(study.name)} />)}
      </ul>
      {reserved.map(({ node, study, cpus, gpus, alone }) => (
        <p key={`${node} ${study}`} className="muted">
          Node <span title={node}>{node.slice(0, SHORT_ID)}</span> is kept for a run of <Link href={`/studies/${encodeURIComponent(study)}`}>{study}</Link> that needs {formatResources({ cpus, gpus })}
          {alone && " and must be alone there"}: nothing starts there that would delay it.
        </p>
      ))}
    </section>
  );
}

function QueueRow({ study, turn }: { readonly study: Study; readonly turn: (Workers["waiting"][number] & { readonly place: number }) | undefined }) {
  const { name, state, reason, waits_for, priority, counts, max_concurrent_trials: most } = study;
  const why = turn?.reason || waits_for || reason;
  return (
    <li>
      <span className="queue-place muted number">{turn && turn.place + 1}</span>
      <Link href={`/studies/${encodeURIComponent(name)}`}>{name}</Link>
      <StateBadge state={state} />
      <span>
        {counts.RUNNING} of at most {most} at once{counts.WAITING > 0 && `, ${counts.WAITING} waiting`}
      </span>
      {turn && <span className="muted">{formatResources(turn)} a run</span>}
      {priority !== 0 && <span className="muted">priority {priority}</span>}
      {why && <span className="queue-reason">{turn ? formatTurn(why) : why}</span>}
    </li>
  );
}
