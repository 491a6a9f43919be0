/** The values that search spaces declare. By their order groups have their colors, which so are the same in a study and in what confirms it. */

import type { Column, Parameters } from "../../format/columns";
import { formatParameter } from "../../format/parameters";

/** The columns with the labels of their declared values: those of the first space, then those that others add. */
export function withDeclared(columns: readonly Column[], spaces: readonly Parameters[]): Column[] {
  return columns.map((column) => {
    const values = spaces.flatMap((space) => column.names.flatMap((name) => declaredAt(space, name.split("."))));
    return { ...column, declared: [...new Set(values.map(formatParameter))] };
  });
}

/** What may stand at a parameter's path, such as `optimizer` or `optimizer.adam.amsgrad`; nothing for a range of numbers. */
function declaredAt(found: unknown, [part, ...rest]: readonly string[]): unknown[] {
  if (part === undefined) return valuesOf(found);
  return alternativesOf(found).flatMap((alternative) => {
    if (!isMapping(alternative)) return [];
    // A path goes through a component's name, beneath which its fields stand.
    if (alternative["name"] === part) return declaredAt(rest.length === 0 ? undefined : alternative, rest);
    return part in alternative ? declaredAt(alternative[part], rest) : [];
  });
}

function alternativesOf(found: unknown): readonly unknown[] {
  if (!isMapping(found)) return [];
  if (Array.isArray(found["choice"])) return found["choice"];
  return isMapping(found["optional"]) ? [found["optional"]] : [found];
}

function valuesOf(found: unknown): unknown[] {
  if (isMapping(found) && "optional" in found) return [false, true];
  if (isMapping(found) && Array.isArray(found["choice"])) return found["choice"].map(nameOf);
  const value = nameOf(found);
  return value === undefined || isMapping(value) ? [] : [value];
}

function nameOf(value: unknown): unknown {
  return isMapping(value) && typeof value["name"] === "string" ? value["name"] : value;
}

export function isMapping(value: unknown): value is Parameters {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
