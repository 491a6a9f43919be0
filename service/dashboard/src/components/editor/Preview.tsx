import type { Preview as Found } from "../../api/types";
import { formatCount, formatNumber, formatResources, plural } from "../../format/numbers";
import { formatParameter } from "../../format/parameters";
import { TableScroll } from "../basics/TableScroll";

/** What a definition would do: how large it is, what it needs, and what would be drawn. */
export function Preview({ preview: { n_parameters, grid_size, max_trials, runs_per_trial, max_concurrent_trials, resources, sampler, drawn, warnings, names } }: { readonly preview: Found }) {
  const keys = [...new Set(drawn.flatMap((one) => Object.keys(one)))];
  return (
    <div className="preview">
      <dl className="facts">
        <Fact name="Parameters" value={formatCount(n_parameters)} />
        <Fact name="Sampler" value={String(sampler["name"] ?? "")} />
        {grid_size !== null && <Fact name="Grid" value={plural(grid_size, "point")} />}
        <Fact name="Trials" value={`${max_trials !== null ? formatCount(max_trials) : "no limit"}, ${max_concurrent_trials} at once`} />
        {runs_per_trial > 1 && <Fact name="A trial has" value={plural(runs_per_trial, "run")} />}
        <Fact name="A run takes" value={formatResources(resources)} />
      </dl>
      {typeof sampler["reason"] === "string" && <p className="muted">{sampler["reason"]}</p>}
      {warnings.map((warning) => (
        <p key={warning} className="notice notice-warning">
          {warning}
        </p>
      ))}
      {keys.length > 0 && (
        <>
          <h3>{plural(drawn.length, "configuration")} as they would be drawn</h3>
          <TableScroll label="Configurations">
            <table className="fields samples">
              <thead>
                <tr>
                  {keys.map((key) => (
                    <th key={key}>{key}</th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {drawn.map((one, index) => (
                  <tr key={index}>
                    {keys.map((key) => (
                      <td key={key} className="number">
                        {formatParameter(one[key])}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </TableScroll>
        </>
      )}
      {names.length > 0 && (
        <details>
          <summary className="muted">How components without fields were read</summary>
          <ul className="names">
            {names.map(({ component, read_as, fields }) => (
              <li key={component}>
                <code>{component}</code> {read_as === "ranges" ? "is searched over" : "stands at"}{" "}
                {Object.entries(fields).map(([name, value]) => `${name} ${typeof value === "number" ? formatNumber(value) : JSON.stringify(value)}`).join(", ") || "nothing: it has no fields"}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
