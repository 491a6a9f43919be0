import type { Study, StudyView, Trial } from "../../../api/types";

/** What a picture is of. */
export interface Pictured {
  readonly study: StudyView;
  readonly trials: readonly Trial[];
  /** The objective that it goes by, and its place among the study's. */
  readonly objective: Study["objective"];
  readonly place: number;
}
