import { expect, test } from "vitest";
import { compareUrl, formatCompared, parseCompared } from "./comparing";

test("studies come back from their address, each once, and what the bench put there stays", () => {
  const present = new URLSearchParams("s=old&group=optimizer&pin=a%3A3");
  const next = formatCompared(["b", "a", "b"], present);
  expect(next.toString()).toBe("group=optimizer&pin=a%3A3&s=b&s=a");
  expect(parseCompared(next)).toEqual(["b", "a"]);
  expect(compareUrl(["a", "b.2"])).toBe("/compare?s=a&s=b.2");
});

test("names that are empty are none, and no more are compared than the service does", () => {
  expect(parseCompared(new URLSearchParams("s=&s=a"))).toEqual(["a"]);
  expect(parseCompared(new URLSearchParams(Array.from({ length: 30 }, (_, n) => ["s", `study-${n}`])))).toHaveLength(20);
  expect(parseCompared(new URLSearchParams(""))).toEqual([]);
});
