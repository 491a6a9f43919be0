/** Zoom around the pointer: by the wheel with Ctrl or ⌘, as which a trackpad's pinch comes too, and by two fingers on a screen. */

import type { RefObject } from "react";
import { useEffect, useRef } from "react";
import type { Scene, View, Zoom } from "../../charts/plot";
import { zoomedAround } from "../../charts/scales/moving";

/** Milliseconds without a turn of the wheel after which another one is a gesture of its own. */
const PAUSE = 250;
/** Pixels of the wheel for a factor of e, as browsers send a pinch; a mouse's notch counts no more than `NOTCH`. */
const [TURN, NOTCH] = [100, 40];
const LINE = 16;
/** How much farther apart fingers stand up and down than side by side to zoom the height. */
const UPRIGHT = 2;

interface Props {
  readonly scene: Scene;
  readonly view: View;
  /** What is shown beside a gesture. */
  readonly zoom: Zoom;
  /** What the gesture shows; null where there is none any more. */
  readonly onMove: (zoom: Zoom | null) => void;
  /** What it came to: one step, which Back undoes. */
  readonly onEnd: (zoom: Zoom) => void;
}

type Place = readonly [x: number, y: number];

/** For the element that holds the plot. Nothing is lost but the gesture where the address changes under it. */
export function useGestures(props: Props): RefObject<HTMLDivElement | null> {
  const element = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  const leave = useRef<() => void>(() => undefined);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    const { stop, leave: leaveIt } = listen(element.current as HTMLDivElement, () => latest.current);
    leave.current = leaveIt;
    return stop;
  }, []);
  useEffect(() => () => leave.current(), [props.zoom]);
  return element;
}

function listen(element: HTMLElement, now: () => Props) {
  const listening = new AbortController();
  const options = { passive: false, signal: listening.signal };
  let shown: Zoom | null = null;
  let fingers: { readonly places: readonly [Place, Place]; readonly zoom: Zoom } | null = null;
  let pause: ReturnType<typeof setTimeout> | undefined;

  function show(zoom: Zoom): void {
    shown = zoom;
    now().onMove(zoom);
  }

  function leave(): void {
    clearTimeout(pause);
    fingers = null;
    if (shown !== null) now().onMove(null);
    shown = null;
  }

  function end(): void {
    const found = shown;
    leave();
    if (found !== null) now().onEnd(found);
  }

  function around(zoom: Zoom, axis: "x" | "y", factor: number, from: Place, to: Place = from): Zoom {
    const { scene, view } = now();
    const { left, top, width, height } = (element.querySelector(".u-over") ?? element).getBoundingClientRect();
    const within = ([x, y]: Place) => (axis === "x" ? (x - left) / width : 1 - (y - top) / height);
    return zoomedAround(scene, view, zoom, { axis, factor, from: within(from), to: within(to), width });
  }

  function turn(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE;
    const pixels = lines * (event.deltaY || event.deltaX);  // with Shift some systems turn it aside
    const factor = Math.exp(Math.max(-NOTCH, Math.min(NOTCH, pixels)) / TURN);
    show(around(shown ?? now().zoom, event.shiftKey ? "y" : "x", factor, [event.clientX, event.clientY]));
    clearTimeout(pause);
    pause = setTimeout(end, PAUSE);
  }

  function touch(event: TouchEvent): void {
    const places = placesOf(event);
    if (places === null) return end();
    event.preventDefault();
    fingers = { places, zoom: shown ?? now().zoom };
  }

  function spread(event: TouchEvent): void {
    const places = placesOf(event);
    if (fingers === null || places === null) return;
    event.preventDefault();
    const [across, up] = apart(fingers.places);
    const axis = up > UPRIGHT * across ? "y" : "x";
    const factor = Math.hypot(across, up) / Math.max(1, Math.hypot(...apart(places)));
    show(around(fingers.zoom, axis, factor, middle(fingers.places), middle(places)));
  }

  element.addEventListener("wheel", turn, options);
  element.addEventListener("touchstart", touch, options);
  element.addEventListener("touchmove", spread, options);
  for (const kind of ["touchend", "touchcancel"] as const) element.addEventListener(kind, touch, options);
  return { leave, stop: () => (listening.abort(), clearTimeout(pause)) };
}

/** Where two fingers are; null where there are more or fewer. */
function placesOf({ touches }: TouchEvent): readonly [Place, Place] | null {
  const [one, other] = [touches[0], touches[1]];
  return one && other && touches.length === 2 ? [[one.clientX, one.clientY], [other.clientX, other.clientY]] : null;
}

function apart([[x0, y0], [x1, y1]]: readonly [Place, Place]): Place {
  return [Math.abs(x1 - x0), Math.abs(y1 - y0)];
}

function middle([[x0, y0], [x1, y1]]: readonly [Place, Place]): Place {
  return [(x0 + x1) / 2, (y0 + y1) / 2];
}
