import { expect, test } from "vitest";
import { formatRepository } from "./origin";

test("a repository is told by its name, its commit and whether the code is that of the commit", () => {
  const clean = { folder: "/home/somebody/nets", commit: "1b2c3d4e5f", dirty: false };
  expect(formatRepository(clean)).toBe("nets at 1b2c3d4");
  expect(formatRepository({ ...clean, dirty: true })).toBe("nets at 1b2c3d4, changed since");
  expect(formatRepository({ ...clean, commit: "", dirty: true })).toBe("nets, never committed");
  expect(formatRepository({ ...clean, folder: "C:\\nets" })).toBe("nets at 1b2c3d4");
});
