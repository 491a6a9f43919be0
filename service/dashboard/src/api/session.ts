/** Signing in: a service that other machines reach wants its token once, and then knows this browser by a cookie. */

import { answered, client, problem } from "./client";

/** Raises `ApiError` when the token is not the service's. */
export async function signIn(token: string): Promise<void> {
  const { error, response } = await answered(client.POST("/api/v1/session", { body: { token } }));
  if (!response.ok) throw problem(response.status, error);
}
