import { Link } from "wouter";
import type { StudyView } from "../../api/types";
import { formatUnderWay } from "../../format/progress";

interface Props {
  readonly confirmations: readonly StudyView[];
  /** The study that is read, which may be one of them. */
  readonly here: string;
}

/** The confirmations that go on, and how far each is: another one would be decided on before these have answered. */
export function UnderWay({ confirmations, here }: Props) {
  return (
    <ul className="under-way" aria-label="Confirmations under way">
      {confirmations.map(({ name, state, progress }) => (
        <li key={name}>
          {name === here ? "This confirmation" : <Link href={`/studies/${encodeURIComponent(name)}`}>{name}</Link>}: {formatUnderWay({ state, progress })}. Once it has ended, this answers.
        </li>
      ))}
    </ul>
  );
}
