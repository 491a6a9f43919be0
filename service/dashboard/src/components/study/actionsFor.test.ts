import { expect, test } from "vitest";
import type { Study } from "../../api/types";
import { actionsFor } from "./actionsFor";

const offered = (state: Study["state"], desired: Study["desired"], stop_running: Study["stop_running"] = "finish") =>
  actionsFor({ state, desired, stop_running }).join(" ");

test("what runs can be paused and stopped, what rests resumed", () => {
  expect(offered("QUEUED", "running")).toBe("pause stop delete");
  expect(offered("RUNNING", "running")).toBe("pause stop delete");
  expect(offered("RUNNING", "paused")).toBe("resume stop delete");
  expect(offered("PAUSED", "paused")).toBe("resume stop delete");
});

test("a stop can be hastened once, and taken back until it is done", () => {
  expect(offered("RUNNING", "stopped")).toBe("resume stop delete");
  expect(offered("RUNNING", "stopped", "checkpoint")).toBe("resume delete");
});

test("what has ended is not stopped, and goes on only where it can", () => {
  expect(offered("COMPLETED", "running")).toBe("delete");
  expect(offered("STOPPED", "stopped")).toBe("resume delete");
  expect(offered("STOPPED", "running")).toBe("delete");
  expect(offered("FAILED", "running")).toBe("resume delete");
  expect(offered("RUNNING", "deleted")).toBe("");
});
