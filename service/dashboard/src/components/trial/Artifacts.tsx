import { artifactUrl } from "../../api/runs";
import type { Run } from "../../api/types";
import { formatBytes } from "../../format/numbers";

/** The files a run left; pictures are shown. */
export function Artifacts({ run }: { readonly run: Run | undefined }) {
  const artifacts = run?.artifacts ?? [];
  if (!run || artifacts.length === 0) {
    return <p className="muted">No files. Only the best trials keep their checkpoint, pictures and exported model, unless the study says otherwise.</p>;
  }
  return (
    <ul className="artifacts">
      {artifacts.map(({ path, size, media_type: type }) => (
        <li key={path}>
          <a href={artifactUrl(run.id, path)} download={path.split("/").at(-1)}>
            {path}
          </a>{" "}
          <span className="muted">{formatBytes(size)}</span>
          {type.startsWith("image/") && <img src={artifactUrl(run.id, path)} alt={path} loading="lazy" />}
        </li>
      ))}
    </ul>
  );
}
