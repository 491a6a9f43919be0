/** Zoom and pan beside the dragged box: by keys, by dragging the chart itself with Shift, and by gestures. */

import type { KeyboardEvent, MouseEvent } from "react";
import { useEffect, useRef, useState } from "react";
import type { Scene, View, Zoom } from "../../charts/plot";
import { UNZOOMED } from "../../charts/plot";
import type { Step } from "../../charts/scales/moving";
import { steppedZoom } from "../../charts/scales/moving";
import { useGestures } from "./useGestures";

const [PAN, ZOOM] = [0.2, 2];
const KEYS: Readonly<Record<string, { readonly x?: Step; readonly y?: Step }>> = {
  ArrowLeft: { x: { pan: -PAN } },
  ArrowRight: { x: { pan: PAN } },
  ArrowUp: { y: { pan: PAN } },
  ArrowDown: { y: { pan: -PAN } },
  "+": { x: { zoom: 1 / ZOOM } },
  "=": { x: { zoom: 1 / ZOOM } },
  "-": { x: { zoom: ZOOM } },
  PageUp: { y: { zoom: 1 / ZOOM } },
  PageDown: { y: { zoom: ZOOM } },
};
/** What the keys do, in words. */
export const KEYS_IN_WORDS = "arrow keys move, + and − zoom along, Page Up and Page Down zoom its height, 0 shows all";
/** Pixels below which a drag was a click. */
const STILL = 3;

interface Moving {
  readonly scene: Scene;
  readonly view: View;
  readonly zoom: Zoom;
  /** One that goes on is no step of its own that Back would undo. */
  readonly onZoom: (zoom: Zoom, going: boolean) => void;
}

/** What a chart shows, while it is dragged too, and what it listens to. */
export function useMoving({ scene, view, zoom, onZoom }: Moving) {
  const [dragged, setDragged] = useState<Zoom | null>(null);
  /** The address as a key has left it: another key goes on from there, and from nothing else. */
  const left = useRef<string | null>(null);
  const drag = useRef<AbortController | null>(null);
  const wasDragged = useRef(false);
  const place = useGestures({ scene, view, zoom, onMove: setDragged, onEnd: (next) => onZoom(next, false) });
  useEffect(() => () => drag.current?.abort(), []);

  function press(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = KEYS[event.key];
    if (!steps && event.key !== "0") return;
    event.preventDefault();
    const before = location.search;
    onZoom(steps ? steppedZoom(scene, view, zoom, steps) : UNZOOMED, before === left.current);
    if (location.search !== before) left.current = location.search;
  }

  /** Before the plot sees it, which would draw a box. */
  function grab(event: MouseEvent): void {
    wasDragged.current = false;
    const plot = event.target instanceof Element ? event.target.closest(".u-over") : null;
    if (!plot || !event.shiftKey || event.button !== 0) return;
    event.stopPropagation();
    event.preventDefault();
    const [{ clientX, clientY }, { width, height }] = [event, plot.getBoundingClientRect()];
    let next = zoom;
    const move = (now: globalThis.MouseEvent) => {
      const [right, down] = [now.clientX - clientX, now.clientY - clientY];
      wasDragged.current ||= Math.hypot(right, down) > STILL;
      next = steppedZoom(scene, view, zoom, { x: { pan: -right / width }, ...(zoom.y && { y: { pan: down / height } }) });
      setDragged(next);
    };
    const drop = () => {
      drag.current?.abort();
      if (wasDragged.current) onZoom(next, false);
      setDragged(null);
    };
    drag.current?.abort();
    const { signal } = (drag.current = new AbortController());
    window.addEventListener("mousemove", move, { signal });
    window.addEventListener("mouseup", drop, { signal });
  }

  /** The click that ends a drag chooses no curve. */
  function click(event: MouseEvent): void {
    if (wasDragged.current) event.stopPropagation();
  }

  return { place, zoom: dragged ?? zoom, listeners: { onKeyDown: press, onBlur: () => (left.current = null), onMouseDownCapture: grab, onClickCapture: click } };
}
