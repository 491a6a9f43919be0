import { useEffect, useLayoutEffect, useRef } from "react";
import "uplot/dist/uPlot.min.css";
import type { Hit } from "./projection";
import type { Listeners, Scene, View } from "./plot";
import { Plot } from "./plot";

interface Props extends Listeners {
  readonly view: View;
  readonly scene: Scene;
  readonly label: string;
}

/** Learning curves side by side. Another view builds the plot anew; other lines only redraw it. */
export function CurveChart({ view, scene, label, onHover, onSelect }: Props) {
  const target = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const listeners = useRef<Listeners>({ onHover, onSelect });
  useLayoutEffect(() => {
    listeners.current = { onHover, onSelect };
  });

  useLayoutEffect(() => {
    const element = target.current as HTMLDivElement;
    const made = new Plot(element, view, {
      onHover: (hit: Hit | null) => listeners.current.onHover(hit),
      onSelect: (hit: Hit) => listeners.current.onSelect(hit),
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

  useEffect(() => plot.current?.show(scene), [scene, view]);

  return <div ref={target} className="plot" role="img" aria-label={label} />;
}
