import type { Hyperparameter } from "../../api/types";
import { formatBounds, formatDefault, formatSearch, wordsOf } from "../../format/catalog";
import { TableScroll } from "../basics/TableScroll";
import { Inline } from "./Prose";

/** The hyperparameters of a component: what they mean, and what they may be. */
export function FieldTable({ fields }: { readonly fields: readonly Hyperparameter[] }) {
  return (
    <TableScroll label="Fields">
      <table className="fields">
        <thead>
          <tr>
            <th>Field</th>
            <th>Default</th>
            <th>Allowed</th>
            <th>Searched by default</th>
            <th>Meaning</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.name}>
              <th scope="row">
                <code>{field.name}</code>
              </th>
              <td className="number">{field.required ? <em>required</em> : formatDefault(field.default)}</td>
              <td>
                <span className="number">{formatBounds(field) || wordsOf(field).join(", ") || field.type}</span>
                {field.bound_source && <div className="muted bound-source">{field.bound_source}</div>}
              </td>
              <td className="number">{formatSearch(field) || <span className="muted">–</span>}</td>
              <td>
                <Inline text={field.help} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
