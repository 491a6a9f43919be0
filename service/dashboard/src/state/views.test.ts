import { expect, test } from "vitest";
import type { SavedView } from "../api/types";
import { viewAt, viewUrl } from "./views";

const view = (name: string, query: string, tab: SavedView["tab"] = "curves"): SavedView => ({ id: name, name, tab, query, saved_at: "" });

test("a view is known by what it shows, in whatever order its address says it", () => {
  const views = [view("pins", "pin=3&pin=5&y=log"), view("whole", ""), view("table", "y=log", "trials")];
  expect(viewAt(views, "curves", "y=log&pin=3&pin=5")?.name).toBe("pins");
  expect(viewAt(views, "curves", "y=log&pin=5&pin=3")).toBeUndefined();
  expect(viewAt(views, "curves", "")?.name).toBe("whole");
  expect(viewAt(views, "curves", "y=log")).toBeUndefined();
});

test("a view's address is that of its tab, and of a comparison the page of several studies", () => {
  expect(viewUrl("a/b", view("", "y=log"))).toBe("/studies/a%2Fb/curves?y=log");
  expect(viewUrl("a", view("", "", "trials"))).toBe("/studies/a/trials");
  expect(viewUrl("a", view("", "s=a&s=b", "compare"))).toBe("/compare?s=a&s=b");
});
