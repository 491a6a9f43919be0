/** Calls about runs. */

import { client, dataOf, responseOf } from "./client";
import type { Run } from "./types";

export interface LogPiece {
  readonly text: string;
  readonly bytes: number;
}

/** What stands in a run's log behind so many bytes. */
export async function getLog(run: string, after: number): Promise<LogPiece> {
  const response = await responseOf(`/api/v1/runs/${encodeURIComponent(run)}/log?after=${after}`);
  const body = await response.arrayBuffer();
  return { text: new TextDecoder().decode(body), bytes: body.byteLength };
}

export async function getAttempts(run: string) {
  return (await dataOf(client.GET("/api/v1/runs/{run}/attempts", { params: { path: { run } } }))).items;
}

export function artifactUrl(run: Run["id"], path: string): string {
  return `/api/v1/runs/${encodeURIComponent(run)}/artifacts/${path.split("/").map(encodeURIComponent).join("/")}`;
}
