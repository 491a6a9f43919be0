import { useEffect, useLayoutEffect, useRef } from "react";
import "uplot/dist/uPlot.min.css";
import type { Listeners, Scene, View, Zoom } from "./plot";
import { Plot } from "./plot";

interface Props extends Listeners {
  readonly view: View;
  readonly scene: Scene;
  readonly zoom: Zoom;
  readonly label: string;
}

/** Learning curves side by side. Another view builds the plot anew; other lines and another zoom only redraw it. */
export function CurveChart({ view, scene, zoom, label, onHover, onSelect, onZoom }: Props) {
  const target = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const listeners = useRef<Listeners>({ onHover, onSelect, onZoom });
  useLayoutEffect(() => {
    listeners.current = { onHover, onSelect, onZoom };
  });

  useLayoutEffect(() => {
    const element = target.current as HTMLDivElement;
    const made = new Plot(element, view, {
      onHover: (hit) => listeners.current.onHover(hit),
      onSelect: (hit) => listeners.current.onSelect(hit),
      onZoom: (chosen) => listeners.current.onZoom(chosen),
    });
    plot.current = made;
    const observer = new ResizeObserver(() => made.resize(element.clientWidth, element.clientHeight));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [view]);

  useEffect(() => plot.current?.show(scene, zoom), [scene, zoom, view]);

  return <div ref={target} className="plot" role="img" aria-label={label} />;
}
