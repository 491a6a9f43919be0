/** The typed client of the REST API, and the one error that its calls raise. */

import createClient from "openapi-fetch";
import type { paths } from "./schema";

export const client = createClient<paths, "application/json">({ baseUrl: "/" });

export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** What the server answered instead of data (`application/problem+json`), or that it did not answer; status 0 then. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
    readonly errors: readonly FieldProblem[] = [],
  ) {
    super(detail);
    this.name = "ApiError";
  }
}

/** Whether what was asked for is not there, or not any more; what was read of it before counts no more. */
export function isGone(error: Error | null): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** A problem in one line, as the details of problem documents put it. */
export function worded({ path, message }: FieldProblem): string {
  return path ? `${path}: ${message}` : message;
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The data of an answer. Raises `ApiError` for everything else. */
export async function dataOf<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answered(call);
  if (response.ok && data !== undefined) return data;
  throw problem(response.status, error);
}

/** The answer of an address that is not JSON, such as a run's log. */
export async function responseOf(url: string): Promise<Response> {
  const response = await answered(fetch(url));
  if (!response.ok) throw problem(response.status, parsed(await response.text()));
  return response;
}

/** What a call answers. Raises `ApiError` when nobody answers. */
export async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch {
    const detail = "Check that `studyhall serve` is running; the page goes on by itself once it answers.";
    throw new ApiError(0, "The service does not answer", detail);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The error of an answer that is not data, whether or not it is a problem document. */
export function problem(status: number, body: unknown): ApiError {
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const title = typeof fields["title"] === "string" ? fields["title"] : `The service answered ${status}`;
  const detail = typeof fields["detail"] === "string" ? fields["detail"] : typeof body === "string" ? body.slice(0, 300) : "";
  const errors = Array.isArray(fields["errors"]) ? fields["errors"].filter(isFieldProblem) : [];
  return new ApiError(status, title, detail, errors);
}

function isFieldProblem(value: unknown): value is FieldProblem {
  const fields = value as Partial<FieldProblem> | null;
  return typeof fields?.path === "string" && typeof fields.message === "string";
}
