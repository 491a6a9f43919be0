import { expect, test } from "vitest";
import type { Curves, Trial } from "../api/types";
import { accountOf, formatAccount } from "./account";
import type { Member } from "./groups/groups";

function member(number: number, state: Trial["state"] = "COMPLETED", runs = 1): Member {
  const run_ids = Array.from({ length: runs }, (_, place) => `run_${number}_${place}`);
  return { key: String(number), study: "digits", trial: { number, state, run_ids } as unknown as Trial };
}

const curves = { series: [["run_0_0", [0.1]], ["run_0_1", [NaN, 0.2]], ["run_1_0", [NaN]], ["run_2_0", [0.3]], ["run_3_0", [1]]].map(([run_id, y]) => ({ run_id, y, x: { epoch: (y as number[]).map((_, index) => index), budget_share: (y as number[]).map(() => (run_id === "run_3_0" ? 0.5 : NaN)) } })) } as unknown as Curves;
const members = [member(0, "COMPLETED", 2), member(1), member(2), member(3), member(4), member(5, "WAITING"), member(6, "RUNNING")];

test("every run is counted once, and all counts make the total", () => {
  const account = accountOf({
    members,
    curves,
    axis: "epoch",
    chosen: new Set(["0", "1", "2", "4", "5", "6"]),
    isHidden: (trial) => trial === "2",
    asked: new Set(["run_0_0", "run_0_1", "run_1_0", "run_2_0", "run_3_0", "run_6_0"]),
  });
  expect(formatAccount(account)).toBe("8 runs = 2 drawn, 1 filtered, 1 hidden, 1 never finite, 1 waiting, 1 without a point of it, 1 of lower rank left out");
  expect(account.parts.reduce((sum, [, count]) => sum + count, 0)).toBe(account.total);
});

test("where all are drawn nothing has to be told", () => {
  const all = { members: [members[0] as Member, members[3] as Member], curves, axis: "epoch" as const, chosen: null, isHidden: () => false, asked: null };
  expect(formatAccount(accountOf(all))).toBe("3 runs, all drawn");
  expect(formatAccount(accountOf({ ...all, members: [] }))).toBe("no runs");
  expect(formatAccount(accountOf({ ...all, curves: undefined }))).toBe("3 runs = 3 without a point of it");
  expect(formatAccount(accountOf({ ...all, axis: "budget_share" }))).toBe("3 runs = 1 drawn, 2 without a place on this axis");
});
