import { Link } from "wouter";
import type { TrialView } from "../../api/types";
import { formatNumber, formatValue } from "../../format/numbers";
import { TableScroll } from "../basics/TableScroll";
import { changesOf, firstValues, formatChange, scheduleOf } from "./marks";

interface Props {
  readonly study: string;
  readonly trial: TrialView;
}

/** What a member of a population went on with after each interval, and all that it has trained with, to be trained again. */
export function Lineage({ study, trial }: Props) {
  const { history, number, best } = trial;
  if (history.length === 0) return null;
  const schedule = scheduleOf(trial.config);
  const names = [...new Set(schedule.flatMap(({ values }) => Object.keys(values)))].sort();
  return (
    <section className="panel padded lineage" aria-label="Population">
      <header className="section-head">
        <h2>{best ? "The best schedule of values" : "Its schedule of values"}</h2>
        <Link className="button primary" href={`/studies/new?study=${encodeURIComponent(study)}&trial=${number}`} title="Begin a study that trains this schedule of values, with the same seed, to the same value again">
          Train again
        </Link>
      </header>
      <TableScroll label="Schedule of values">
        <table className="fields">
          <thead>
            <tr>{["from epoch", ...names].map((title) => <th key={title}>{title}</th>)}</tr>
          </thead>
          <tbody>
            {schedule.map(({ after_epoch, values }) => (
              <tr key={after_epoch}>
                <td className="number">{after_epoch + 1}</td>
                {names.map((name) => <td key={name} className="number">{values[name] === undefined ? <span className="muted">as before</span> : formatNumber(values[name])}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      <h3>What it went on with</h3>
      <ol className="lineage-steps">
        {changesOf(history, firstValues(trial)).map(({ epoch, value, takes_over, from_trial, checkpoint, reason, changes }) => (
          <li key={epoch}>
            <strong className="number">epoch {epoch}</strong>{" "}
            {takes_over ? (
              <>
                from <Link href={`/studies/${encodeURIComponent(study)}/trials/${from_trial}`}>trial {from_trial}</Link>
              </>
            ) : (
              "from its own"
            )}{" "}
            <code title={checkpoint}>{checkpoint.slice(0, 8)}</code>, judged by {formatValue(value)}
            {changes.length > 0 && <span> · {changes.map(formatChange).join(", ")}</span>}
            <span className="muted lineage-reason">{reason}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
