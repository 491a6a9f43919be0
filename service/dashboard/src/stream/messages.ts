/** What pages and the one stream of a browser say to each other. */

export type Connection = "connecting" | "live" | "lost";

export interface StudyEvent {
  readonly study: string;
  readonly number: number;
  /** `study`, `trial`, `run`, `metrics`; `reset` where events are missing, `gone` when the study is deleted. */
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export type ToStream =
  | { readonly say: "follow"; readonly study: string; readonly after: number }
  | { readonly say: "leave"; readonly study: string }
  | { readonly say: "alive" }
  | { readonly say: "bye" };

export type FromStream =
  | { readonly say: "events"; readonly events: readonly StudyEvent[] }
  | { readonly say: "connection"; readonly connection: Connection };
