import { stringify } from "yaml";
import { CodeBlock } from "../basics/CodeBlock";

/** The trial's complete configuration, as `studyhall train` takes it. */
export function ConfigYaml({ config }: { readonly config: Readonly<Record<string, unknown>> }) {
  return <CodeBlock text={stringify(config)} label="Copy YAML" />;
}
