import { Link } from "wouter";
import type { StudyView, Trial } from "../../api/types";
import { hasEnded } from "../../format/states";
import { useObjective } from "../../state/url/insight";
import { Choice } from "../basics/Choice";
import { ContourPicture } from "./pictures/ContourPicture";
import { EffectPicture } from "./pictures/EffectPicture";
import { HistoryPicture } from "./pictures/HistoryPicture";
import { ImportancesPicture } from "./pictures/ImportancesPicture";
import { ParallelPicture } from "./pictures/ParallelPicture";
import { ParetoPicture } from "./pictures/ParetoPicture";
import { TimelinePicture } from "./pictures/TimelinePicture";

interface Props {
  readonly study: StudyView;
  readonly trials: readonly Trial[];
}

/** What the trials tell of the parameters, and what ran where when. */
export function InsightPanel({ study, trials }: Props) {
  const [objective, place, choose] = useObjective(study);
  const pictured = { study, trials, objective, place };
  const several = study.objectives.length > 1;
  return (
    <>
      {several && (
        <p className="insight-objective">
          <Choice label="By the objective" value={objective.metric} options={study.objectives.map(({ metric, direction }) => ({ value: metric, label: `${direction} ${metric}` }))} onChange={choose} />
          <span className="muted">Each picture but the front goes by one of the {study.objectives.length} objectives.</span>
        </p>
      )}
      {study.sampler["name"] === "pbt" && study.best && (
        <p className="insight-objective muted">
          Pictures of a population go by the values that its members began with.{" "}
          <Link href={`/studies/${encodeURIComponent(study.name)}/trials/${study.best.trial}`}>The best schedule of values</Link>
        </p>
      )}
      <div className="insight" key={objective.metric}>
        {study.counts.COMPLETED < 2 ? (
          <p className="muted insight-wide">Two completed trials at least are needed to tell anything of the parameters.</p>
        ) : (
          <>
            {several && <ParetoPicture study={study} trials={trials} />}
            <ImportancesPicture study={study} objective={objective} />
            <EffectPicture {...pictured} />
            <ContourPicture {...pictured} />
            <HistoryPicture {...pictured} />
            <ParallelPicture study={study} objective={objective} />
          </>
        )}
        <TimelinePicture study={study.name} live={!hasEnded(study.state)} />
      </div>
    </>
  );
}
