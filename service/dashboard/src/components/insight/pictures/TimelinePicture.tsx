import { useMemo } from "react";
import { useLocation } from "wouter";
import { plural } from "../../../format/numbers";
import { formatDuration, formatMoment } from "../../../format/times";
import { useTimeline } from "../../../state/workers";
import { ErrorNotice, Loading } from "../../basics/Notice";
import { LateEChart } from "../LateEChart";
import type { Stay } from "../options/lanes";
import { endOf, knownSince, lanesOf, utilization } from "../options/lanes";
import { colorOf, FATES, fateOf, timelineOption } from "../options/timeline";
import { PictureTable, TrialLink, trialUrl } from "../PictureTable";
import { useColors } from "./useColors";

const LANE = 26;
const HOUR = 3_600_000;

interface Props {
  /** Null for all studies, of which the last hour is shown. */
  readonly study: string | null;
  /** Whether something may still run. */
  readonly live: boolean;
}

/** What ran where when. */
export function TimelinePicture({ study, live }: Props) {
  const { data, error } = useTimeline(study, live);
  const now = data?.at ?? 0;
  const [, navigate] = useLocation();
  const colors = useColors();
  const stays = useMemo(() => data?.items ?? [], [data]);
  const lanes = useMemo(() => lanesOf(stays, now), [stays, now]);
  const known = knownSince(stays, data?.has_more ?? false);
  const from = study === null ? Math.max(known, now - HOUR) : known;
  const option = useMemo(() => timelineOption(stays, lanes, from, now, colors), [stays, lanes, from, now, colors]);
  const open = (index: number) => {
    const stay = stays[index];
    if (stay) navigate(trialUrl(stay.study, stay.trial));
  };
  return (
    <section className="panel padded insight-wide" aria-label="What ran where when">
      <header className="section-head">
        <h2>What ran where when</h2>
        <ul className="insight-key" aria-label="Colors">
          {FATES.filter((fate) => stays.some((stay) => fateOf(stay) === fate)).map((fate) => (
            <li key={fate}>
              <span className="insight-swatch" style={{ background: colorOf(fate, colors) }} aria-hidden="true" /> {fate}
            </li>
          ))}
        </ul>
      </header>
      {error && !data ? <ErrorNotice error={error} /> : !data ? <Loading what="the timeline" /> : stays.length === 0 ? (
        <p className="muted">{study === null ? "Nothing ran within the last hour." : "Nothing of this study has been on a worker yet."}</p>
      ) : (
        <>
          <p className="muted insight-hint">{summary(stays, lanes.lanes.length, from, now, data.has_more)}</p>
          <LateEChart option={option} height={lanes.lanes.length * LANE + 44} label={`${plural(stays.length, "start")} of runs on ${plural(lanes.lanes.length, "worker")} at once`} onPick={open} />
          <StayTable stays={stays} now={now} withStudy={study === null} />
        </>
      )}
    </section>
  );
}

/** `3 workers at most, with a run 82 % of 4 min`. */
function summary(stays: readonly Stay[], lanes: number, from: number, now: number, hasMore: boolean): string {
  const to = stays.reduce((most, stay) => Math.max(most, endOf(stay, now)), -Infinity);
  const used = Math.round(100 * utilization(stays, lanes, from, to));
  const told = `${plural(lanes, "worker")} at most, with a run ${used} % of ${formatDuration((to - from) / 1000)}`;
  return hasMore ? `${told}; the last ${plural(stays.length, "start")}` : told;
}

/** The same in words. */
function StayTable({ stays, now, withStudy }: { readonly stays: readonly Stay[]; readonly now: number; readonly withStudy: boolean }) {
  return (
    <PictureTable
      label="starts on workers"
      heads={["trial", "worker", "began", "for", "ended"]}
      rows={stays}
      keyOf={({ run_id, started_at }) => `${run_id} ${started_at}`}
      cellsOf={(stay) => [
        <TrialLink key="trial" study={stay.study} trial={stay.trial} withStudy={withStudy} />,
        `${stay.worker}${stay.node ? ` on ${stay.node}` : ""}`,
        formatMoment(stay.started_at),
        formatDuration((endOf(stay, now) - Date.parse(stay.started_at)) / 1000),
        `${fateOf(stay)}${stay.reason ? `: ${stay.reason}` : ""}`,
      ]}
    />
  );
}
