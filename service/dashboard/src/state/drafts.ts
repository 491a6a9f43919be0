/** What a new study can begin from, and what the server says of its text. */

import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { getReadyMadeStudy } from "../api/catalog";
import { validate } from "../api/definitions";
import { getStudy } from "../api/studies";
import { getTrial } from "../api/trials";

const PAUSE = 350;

export function useStudyOrNothing(study: string | null) {
  return useQuery({ queryKey: ["study", study], queryFn: study === null ? skipToken : () => getStudy(study) });
}

export function useTrialOrNothing(study: string | null, trial: number | null) {
  return useQuery({ queryKey: ["trial", study, trial], queryFn: study === null || trial === null ? skipToken : () => getTrial(study, trial) });
}

export function useLibraryText(name: string | null) {
  return useQuery({ queryKey: ["library", "study", name], queryFn: name === null ? skipToken : () => getReadyMadeStudy(name), staleTime: 300_000 });
}

/** What a definition would do, once the reader has paused; the last answer stays while the next is computed. */
export function usePreview(text: string | null) {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  const query = useQuery({
    queryKey: ["definition", settled],
    queryFn: settled === null || settled.trim() === "" ? skipToken : ({ signal }) => validate(settled, signal),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    gcTime: 30_000,
  });
  return { ...query, settled };
}
