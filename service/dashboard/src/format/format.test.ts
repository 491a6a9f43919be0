import { expect, test } from "vitest";
import { formatBytes, formatNumber, formatValue, plural } from "./numbers";
import { formatParameter } from "./parameters";
import { formatAge, formatDuration, secondsBetween } from "./times";

test.each([
  [0, "0"], [64, "64"], [0.123456, "0.1235"], [0.00051234, "5.12e-4"], [1e-8, "1e-8"], [12345678, "1.23e7"], [1234567, "1.23e6"], [NaN, "NaN"], [-Infinity, "−∞"],
])("number %d", (value, text) => expect(formatNumber(value)).toBe(text));

test.each([
  [0, "0 s"], [0.004, "<0.01 s"], [0.0412, "0.04 s"], [3.21, "3.2 s"], [59.7, "1 min"], [125, "2 min 5 s"], [3600, "1 h"], [90_000, "1 d 1 h"],
])("duration %d", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

test("what is unknown is a dash", () => expect(formatValue(null)).toBe("–"));

test("ages", () => {
  const now = Date.parse("2026-01-02T00:00:00Z");
  expect(formatAge("2026-01-01T23:59:55Z", now)).toBe("just now");
  expect(formatAge("2026-01-01T23:30:00Z", now)).toBe("30 min ago");
  expect(formatAge("2026-01-01T00:00:00Z", now)).toBe("yesterday");
  expect(secondsBetween(null, null, now)).toBeNull();
  expect(secondsBetween("2026-01-01T23:59:00Z", null, now)).toBe(60);
});

test("parameters", () => {
  expect([true, null, [64, 64], "adamw", 3e-4, undefined].map(formatParameter)).toEqual(["on", "none", "64 × 64", "adamw", "3e-4", ""]);
});

test("sizes and plurals", () => {
  expect([0, 999, 1500, 2_345_678].map(formatBytes)).toEqual(["0 B", "999 B", "1.50 kB", "2.35 MB"]);
  expect([plural(1, "run"), plural(1234, "run")]).toEqual(["1 run", "1\u2009234 runs"]);
});
