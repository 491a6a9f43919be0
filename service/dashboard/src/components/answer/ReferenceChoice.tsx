import type { Comparison } from "../../api/types";
import { Choice } from "../basics/Choice";

interface Props {
  readonly label: string;
  readonly comparison: Pick<Comparison, "arms" | "reference">;
  /** What the reader chose, of which the answer may still be on its way. */
  readonly chosen: string | null;
  readonly onChoose: (arm: string | null) => void;
}

/** What all others are compared with; the first of them unless the reader says otherwise. */
export function ReferenceChoice({ label, comparison: { arms, reference }, chosen, onChoose }: Props) {
  const [first] = arms;
  const value = chosen !== null && arms.includes(chosen) ? chosen : reference;
  const title = `All others are compared with ${value}. That at most 5 % err holds for the comparisons with one: choose it before you see which suits`;
  return <Choice label={label} value={value} options={arms.map((arm) => ({ value: arm, label: arm, title }))} onChange={(arm) => onChoose(arm === first ? null : arm)} />;
}
