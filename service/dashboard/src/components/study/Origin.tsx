import type { Provenance } from "../../api/types";
import { formatRepository, shortHash } from "../../format/origin";

/** The code and the libraries that a study was submitted with; its runs run this code or none. */
export function Origin({ provenance: { code_hash, code, git, packages } }: { readonly provenance: Provenance }) {
  return (
    <>
      {code_hash ? (
        <dl className="pairs">
          <Pair name="your code, all of it" hash={code_hash} />
          {Object.entries(code).map(([component, hash]) => (
            <Pair key={component} name={component} hash={hash} />
          ))}
          {git.map((repository) => (
            <div key={repository.folder}>
              <dt>repository</dt>
              <dd title={repository.commit}>{formatRepository(repository)}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <p className="muted">Components of the catalog alone, no code of yours.</p>
      )}
      {Object.keys(packages).length > 0 && (
        <details>
          <summary>Versions</summary>
          <dl className="pairs">
            {Object.entries(packages).map(([name, version]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{version}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </>
  );
}

function Pair({ name, hash }: { readonly name: string; readonly hash: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd title={hash}>{shortHash(hash)}</dd>
    </div>
  );
}
