import type { ReactNode } from "react";
import { Fragment } from "react";
import { Link } from "wouter";
import type { StudyView } from "../../api/types";
import { TrialLink } from "../insight/PictureTable";

/** What a study confirms, and what confirms it, whether that trains or has ended. */
export function Confirmations({ study: { confirms, confirmations } }: { readonly study: StudyView }) {
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
          Confirmed by <Listed items={confirmations} show={(name) => <StudyLink name={name} />} />.
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
