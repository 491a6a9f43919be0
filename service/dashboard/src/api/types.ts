/** Short names for the API's schemas; the types themselves are generated from the OpenAPI document. */

import type { components } from "./schema";

export type Schemas = components["schemas"];

export type Study = Schemas["Study"];
export type StudyView = Schemas["StudyDetail"];
export type StudyState = Schemas["StudyState"];
export type RunningTrials = Schemas["RunningTrials"];
export type Trial = Schemas["Trial"];
export type TrialView = Schemas["TrialDetail"];
export type Replication = Schemas["Replication"];
export type ReplicationRun = Schemas["ReplicationRun"];
export type TestResult = Schemas["TestResult"];
export type Run = Schemas["Run"];
export type RunState = Schemas["RunState"];
export type { PackedCurves as Curves } from "./packedCurves";
export type AggregateSelection = Schemas["AggregateSelection"];
export type CurveGroups = Schemas["CurveGroups"];
export type Ranking = Schemas["Ranking"];
export type RankingAnswer = Schemas["RankingAnswer"];
export type Comparison = Schemas["Comparison"];
export type Confirmation = Schemas["Confirmation"];
export type Kind = Schemas["KindEntry"];
export type ComponentEntry = Schemas["ComponentEntry"];
export type ComponentView = Schemas["ComponentDetail"];
export type ComponentConflict = Schemas["ComponentConflict"];
export type DataFacts = Schemas["DataFacts"];
export type Catalog = Schemas["Catalog"];
export type LeftOut = Schemas["LeftOut"];
export type ExperimentView = Schemas["ExperimentDetail"];
export type LibraryView = Schemas["LibraryDetail"];
export type Hyperparameter = Schemas["Hyperparameter"];
export type SchedulePreview = Schemas["SchedulePreview"];
export type Attempt = Schemas["Attempt"];
export type Summaries = Schemas["Summaries"];
export type Worker = Schemas["Worker"];
export type Improvements = Schemas["Improvements"];
export type Preview = Schemas["Preview"];
export type SavedView = Schemas["SavedView"];
export type ViewDraft = Schemas["ViewDraft"];
export type ViewTab = SavedView["tab"];
export type Importances = Schemas["Importances"];
export type Effects = Schemas["Effects"];
export type Effect = Schemas["Effect"];
export type Parallel = Schemas["Parallel"];
export type Pareto = Schemas["Pareto"];
export type TrialsUsed = Schemas["TrialsUsed"];
