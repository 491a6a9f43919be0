import type { RefObject } from "react";
import { useLayoutEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

/** What the options of a chart are made with: whom it tells over which of its points the pointer is. */
export type MakeOptions = (onIndex: (index: number | null) => void) => Omit<uPlot.Options, "width">;

/** A chart of uPlot's own lines, as wide as its element: made anew by other options, and redrawn with other data. */
export function useSmallChart(data: uPlot.AlignedData, makeOptions: MakeOptions): { readonly target: RefObject<HTMLDivElement | null>; readonly index: number | null } {
  const target = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [index, setIndex] = useState<number | null>(null);
  const newest = useRef(data);
  newest.current = data;

  useLayoutEffect(() => {
    const element = target.current as HTMLDivElement;
    const options = makeOptions(setIndex);
    const made = new uPlot({ ...options, width: element.clientWidth }, newest.current, element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: options.height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [makeOptions]);

  useLayoutEffect(() => plot.current?.setData(data), [data]);
  return { target, index };
}
