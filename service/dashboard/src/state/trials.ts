/** The trials of a study as its pages show them. */

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import type { StudyView, Trial } from "../api/types";
import { refreshTrials } from "./live/live";
import { withBest } from "./live/merging";
import { useMatching, useTrials } from "./queries";

const NO_TRIALS: readonly Trial[] = [];
const [FIRST_LOOK, LAST_LOOK] = [2000, 60_000];
/** Trials that are asked for together. */
const MANY = 100;

/** Every trial, the best one marked. */
export function useTrialList(study: StudyView) {
  const { data, error, isPending } = useTrials(study.name);
  const best = study.best?.trial ?? null;
  const trials = useMemo(() => withBest(data ?? NO_TRIALS, best), [data, best]);
  useMlflowLinks(study, trials);
  return { trials, error, isPending };
}

/** The trials that a filter chooses, study by study; null where there is none, or it is wrong. */
export function useMatchingTrials(studies: readonly string[], filter: string | null) {
  const { data, error } = useMatching(studies, filter);
  return { matching: filter === null || error ? null : (data ?? null), error: filter === null ? null : error };
}

/** MLflow gets a trial after the trial has ended, and no event tells of it: links that are missing are looked for again. */
function useMlflowLinks({ name, links }: StudyView, trials: readonly Trial[]): void {
  const client = useQueryClient();
  const lacking = useMemo(
    () => (links.mlflow === null ? [] : trials.filter((trial) => trial.ended_at && trial.links.mlflow === null && trial.mlflow_error === null).slice(-MANY)),
    [links.mlflow, trials],
  );
  const key = lacking.map(({ number }) => number).join();
  useEffect(() => {
    if (key === "") return undefined;
    let pause = FIRST_LOOK;
    let timer = setTimeout(look, pause);
    function look(): void {
      pause = Math.min(2 * pause, LAST_LOOK);
      timer = setTimeout(look, pause);
      void refreshTrials(client, name, key.split(",").map(Number)).catch(() => undefined);  // it is tried again
    }
    return () => clearTimeout(timer);
  }, [client, name, key]);
}
