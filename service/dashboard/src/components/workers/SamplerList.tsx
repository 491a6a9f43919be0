import type { Workers } from "../../api/types";
import { plural } from "../../format/numbers";
import { Elapsed } from "../basics/Clock";

/** The processes that ask samplers which fit a model: what would hold up everything else is done there. */
export function SamplerList({ samplers }: Pick<Workers, "samplers">) {
  const started = samplers.filter(({ pid, sampler }) => pid !== null || sampler !== "");
  return (
    <section className="panel padded" aria-label="Processes that ask samplers">
      <header className="section-head">
        <h2>Processes that ask samplers</h2>
      </header>
      <p className="muted insight-hint">Samplers that fit a model draw the next configurations there, at most two at a time.</p>
      {started.length === 0 && <p className="muted">None is needed now.</p>}
      <ul className="workers">
        {started.map(({ pid, sampler, n_past, since }, place) => (
          <li key={place} className={sampler ? "worker worker-busy" : "worker"}>
            <span className="worker-state">{sampler ? "busy" : "idle"}</span>
            <span>{sampler ? `${sampler} draws from ${plural(n_past, "trial")}` : <span className="muted">waits for a question</span>}</span>
            <span className="muted number">{since && <Elapsed since={since} until={null} />}</span>
            <span className="muted number">{pid !== null && `process ${pid}`}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
