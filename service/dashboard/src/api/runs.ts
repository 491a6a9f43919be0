/** Calls about runs. */

import { textOf } from "./client";
import type { Run } from "./types";

export function getLog(run: string): Promise<string> {
  return textOf(`/api/v1/runs/${encodeURIComponent(run)}/log`);
}

export function artifactUrl(run: Run["id"], path: string): string {
  return `/api/v1/runs/${encodeURIComponent(run)}/artifacts/${path.split("/").map(encodeURIComponent).join("/")}`;
}
