/** Calls about workers. */

import { client, dataOf } from "./client";

export async function listWorkers() {
  return (await dataOf(client.GET("/api/v1/workers"))).items;
}
