import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, expect, test, vi } from "vitest";
import { useSearchParams } from "./parameters";

afterEach(() => vi.unstubAllGlobals());

/** An address bar, as far as the page uses it, and its steps. */
function addressBar(address: string) {
  const steps = [address];
  const parts = () => (steps.at(-1) ?? "").split("?");
  vi.stubGlobal("location", { get pathname() { return parts()[0]; }, get search() { return parts().length > 1 ? `?${parts()[1]}` : ""; } });
  vi.stubGlobal("history", {
    pushState: (_: unknown, __: string, to: string) => void steps.push(to),
    replaceState: (_: unknown, __: string, to: string) => void steps.splice(-1, 1, to),
  });
  return steps;
}

function hook(): ReturnType<typeof useSearchParams> {
  const found: ReturnType<typeof useSearchParams>[] = [];
  const Reader = () => {
    found.push(useSearchParams());
    return null;
  };
  renderToStaticMarkup(createElement(Reader));
  return found[0] as ReturnType<typeof useSearchParams>;
}

test("what stands in the address is read as it was written", () => {
  addressBar("/studies/digits");
  for (const filter of ['notes ~ "20%de"', "100 %", "%25", "a+b & c=d?#", "ä"]) {
    hook()[1]((present) => new URLSearchParams([...present, ["filter", filter]].filter(([name]) => name !== "filter").concat([["filter", filter]])));
    expect(hook()[0].get("filter")).toBe(filter);
  }
});

test("changes go on from what is there, and those that replace are no steps", () => {
  const steps = addressBar("/studies/digits?trial=3");
  const [, change] = hook();
  const put = (name: string, value: string) => (present: URLSearchParams) => new URLSearchParams([...present, [name, value]]);
  change(put("x", "step"));
  change(put("y", "log"), { replace: true });
  change(() => new URLSearchParams());
  expect(steps).toEqual(["/studies/digits?trial=3", "/studies/digits?trial=3&x=step&y=log", "/studies/digits"]);
});

test("what changes nothing is no step, in whatever order it says it", () => {
  const steps = addressBar("/studies/digits?y=log&trial=3");
  const [, change] = hook();
  change((present) => present);
  change(() => new URLSearchParams("trial=3&y=log"));
  expect(steps).toEqual(["/studies/digits?y=log&trial=3"]);
});
