import { CopyButton } from "./CopyButton";

/** Text in a fixed-width box, with a button that copies it. */
export function CodeBlock({ text, label }: { readonly text: string; readonly label?: string }) {
  return (
    <div className="code">
      <CopyButton text={text} {...(label ? { label } : {})} />
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
