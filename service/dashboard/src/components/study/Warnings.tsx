/** What is doubtful about a study's definition, such as a direction that makes its worst trial the best. */
export function Warnings({ warnings }: { readonly warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <div className="notice notice-warning" role="note" aria-label="Warnings">
      {warnings.map((warning) => (
        <p key={warning}>
          <strong>Warning:</strong> {warning}
        </p>
      ))}
    </div>
  );
}
