import type { ReactNode } from "react";
import { Fragment } from "react";
import { Link } from "wouter";
import type { StudyView } from "../../api/types";
import { useConfirmations } from "../../state/queries";
import { TrialLink } from "../insight/PictureTable";

/** What a study confirms, and what confirms it, whether that trains or has ended. */
export function Confirmations({ study }: { readonly study: StudyView }) {
  const { confirms, confirmations } = study;
  const open = new Set(useConfirmations(study).open.map(({ name }) => name));
  const [ended, going] = [confirmations.filter((name) => !open.has(name)), confirmations.filter((name) => open.has(name))];
  return (
    <>
      {confirms && (
        <p className="muted">
          Confirms trials <Listed items={confirms.trials} show={(trial) => <TrialLink study={confirms.study} trial={trial} />} /> of{" "}
          <StudyLink name={confirms.study} />, over {confirms.over}.
        </p>
      )}
      {confirmations.length > 0 && (
        <p className="muted">
          {ended.length > 0 && <>Confirmed by <Listed items={ended} show={(name) => <StudyLink name={name} />} />. </>}
          {going.length > 0 && <>Being confirmed by <Listed items={going} show={(name) => <StudyLink name={name} />} />.</>}
        </p>
      )}
    </>
  );
}

function StudyLink({ name }: { readonly name: string }) {
  return <Link href={`/studies/${encodeURIComponent(name)}`}>{name}</Link>;
}

function Listed<T extends string | number>({ items, show }: { readonly items: readonly T[]; readonly show: (item: T) => ReactNode }) {
  return items.map((item, index) => (
    <Fragment key={item}>
      {index > 0 && ", "}
      {show(item)}
    </Fragment>
  ));
}
