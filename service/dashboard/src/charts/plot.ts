/** The plot: uPlot gives axes and the drag of a box; the lines are drawn here, because each has its own x values. */

import uPlot from "uplot";
import type { Counts } from "../curves/points/counts";
import type { Line } from "../curves/lines";
import type { Focus, Range } from "../curves/points/ranges";
import type { XAxis, YScale } from "../state/url/bench";
import { axesOf } from "./scales/axes";
import { CrowdPicture } from "./drawing/crowdPicture";
import { STRIP, drawBand, drawStrip } from "./drawing/bandDrawing";
import type { Palette } from "./colors";
import { drawFate, drawLine, drawDot, drawMarker, drawRaw, drawStar } from "./drawing/drawing";
import type { KeptSpans } from "./drawing/spans";
import { spansOf } from "./drawing/spans";
import { fullX, rangeX, rangeY, scaleXOf, scaleYOf } from "./scales/extents";
import { drawRungs } from "./drawing/rungs";
import type { Hit } from "./hover";
import { HoverIndex } from "./hover";
import type { Placing } from "./scales/projection";
import { pixelsOf, project } from "./scales/projection";
import type { Judged } from "./scales/starring";
import { markOf } from "./scales/starring";
import type { Styled } from "./drawing/renderers";
import { rendererOf, strokes } from "./drawing/renderers";
import type { Scale } from "./scales/scales";
import { LINEAR, mapping, unmapping } from "./scales/scales";
import type { Style } from "./styles";
import { DISTINCT } from "./styles";

export interface View {
  readonly axis: XAxis;
  readonly logX: boolean;
  readonly scale: YScale;
  /** Whether the metric is better the greater it is. */
  readonly upward: boolean;
  /** Leave a tail of runs that collapsed, and spikes, out of the first view. */
  readonly clip: boolean;
  readonly palette: Palette;
}

/** What a drag chose; an axis of which all is shown is null. */
export interface Zoom {
  readonly x: Range | null;
  readonly y: Range | null;
}

export interface Scene {
  readonly focus: Focus;
  /** Where the runs of the best are judged. */
  readonly judged: Judged;
  readonly lines: readonly Line[];
  /** The lines that the axes are made for: those of all charts that are to be compared by eye. */
  readonly frame: readonly Line[];
  readonly styleOf: (line: Line) => Style;
  /** Where a pruner judges. */
  readonly rungs: readonly number[];
  /** Runs at each x, drawn beneath the chart, each in its color. */
  readonly counts: readonly (Counts & { readonly color: string })[];
}

export interface Listeners {
  /** The point under the pointer, placed within the whole chart. */
  readonly onHover: (hit: Hit | null) => void;
  readonly onSelect: (hit: Hit) => void;
  readonly onZoom: (zoom: Zoom) => void;
}

const REACH = 24;
export const UNZOOMED: Zoom = { x: null, y: null };
/** Pixels below which the other direction of a drag is taken for a trembling hand. */
const STEADY = 24;
const MARGIN_TOP = 12;
/** What uPlot calls the scales. */
const DISTRIBUTIONS: Readonly<Record<YScale, uPlot.Scale.Distr>> = { linear: 1, log: 3, near: 100 };
const MARKS = { star: drawStar, dot: drawDot } as const;
/** Runs in crowds beneath the middles of their groups. */
const VEIL = 0.4;

export class Plot {
  private readonly uplot: uPlot;
  private readonly overlay = document.createElement("canvas");
  private styled: readonly { readonly line: Line; readonly style: Style }[] = [];
  private drawn: readonly Styled[] = [];
  /** What each line covers of each column, which its picture is made of and the pointer asks for; null until it is needed. */
  private spans: KeptSpans | null = null;
  /** The last ones, which the next are put into. */
  private outdated: KeptSpans | null = null;
  private index: HoverIndex | null = null;
  /** Whether every line is drawn exactly where it stands; else it will be, by a timer, and the pointer meets nothing until then. */
  private isExact = true;
  /** Whether the range of y waits too: to find it in a million points takes as long as a frame may. */
  private isHeld = false;
  private settling: ReturnType<typeof setTimeout> | undefined;
  private scene: Scene = { focus: { maximize: false, chosen: new Set() }, judged: new Map(), lines: [], frame: [], styleOf: () => { throw new RangeError("an empty scene has no line to style"); }, rungs: [], counts: [] };
  private full: Range = [0, 1];
  private shownY: Range = [0, 1];
  private scaleY: Scale = LINEAR;
  private zoom = UNZOOMED;
  private hit: Hit | null = null;
  private pointer: readonly [x: number, y: number] | null = null;

  constructor(target: HTMLElement, private readonly view: View, private readonly listeners: Listeners, private readonly crowd = new CrowdPicture()) {
    this.uplot = new uPlot(this.options(target), [[0, 1], [null, null]], target);
    this.overlay.className = "plot-overlay";
    this.uplot.over.append(this.overlay);
    this.uplot.over.addEventListener("mousemove", (event) => this.point([event.offsetX, event.offsetY]));
    this.uplot.over.addEventListener("mouseleave", () => this.point(null));
    this.uplot.over.addEventListener("click", () => { if (this.hit) this.listeners.onSelect(this.hit); });
  }

  show(scene: Scene, zoom: Zoom): void {
    if (scene !== this.scene) this.take(scene);
    this.zoom = zoom;
    this.isHeld = this.crowd.keptFor > 0;
    if (zoom.y !== null || !this.isHeld) this.shownY = rangeY(scene, this.view, zoom, zoom.x ?? this.full);
    this.redraw();
  }

  /** What lasts while one zooms and pans. */
  private take(scene: Scene): void {
    this.crowd.forget();
    this.scene = scene;
    this.full = fullX(scene, this.view);
    this.scaleY = scaleYOf(scene, this.view);
    this.styled = scene.lines.map((line) => ({ line, style: scene.styleOf(line) })).sort((a, b) => a.style.layer - b.style.layer);
  }

  resize(width: number, height: number): void {
    this.crowd.forget();
    this.uplot.setSize({ width, height });
    this.redraw();
  }

  destroy(): void {
    clearTimeout(this.settling);
    this.uplot.destroy();
  }

  private redraw(): void {
    const [min, max] = rangeX(this.full, this.zoom, this.uplot.over.clientWidth, this.view);
    this.uplot.setScale("x", { min, max });
  }

  /** A box chooses of both axes; a drag along one of them, which selects all of the other, of that one alone. */
  private zoomToSelection(): void {
    const { uplot } = this;
    const { left, top, width, height } = uplot.select;
    const { clientWidth, clientHeight } = uplot.over;
    const backX = unmapping(scaleXOf(this.view), this.rangeOf("x"), 0, clientWidth);
    const backY = unmapping(this.scaleY, this.rangeOf("y"), clientHeight, 0);
    uplot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (width <= 0 || height <= 0) return;
    this.listeners.onZoom({
      x: width < clientWidth ? [backX(left), backX(left + width)] : this.zoom.x,
      y: height < clientHeight ? [backY(top + height), backY(top)] : this.zoom.y,
    });
  }

  private rangeOf(axis: "x" | "y"): Range {
    const { min = 0, max = 1 } = this.uplot.scales[axis] ?? {};
    return [min, max];
  }

  private placing(): Placing {
    const { clientWidth, clientHeight } = this.uplot.over;
    return {
      toX: mapping(scaleXOf(this.view), this.rangeOf("x"), 0, clientWidth),
      toY: mapping(this.scaleY, this.rangeOf("y"), clientHeight, 0),
    };
  }

  private draw(): void {
    const placing = this.placing();
    const floor = this.uplot.over.clientHeight - 8;
    this.drawn = this.styled.map(({ line, style }) => Object.assign(project(line, placing, floor), { style }));
    this.outdated = this.spans ?? this.outdated;
    this.spans = this.index = null;
    this.onPlot(true, (context) => drawRungs(context, this.scene.rungs.map(placing.toX), this.uplot.over.clientHeight, this.view.palette));
    this.onPlot(true, (context) => { this.isExact = this.drawLines(context, placing); });
    this.onPlot(false, (context) => this.drawMarks(context, placing));
    this.onPlot(false, (context) => this.drawCounts(context, placing));
    this.point(this.pointer);
    clearTimeout(this.settling);
    if (!this.isExact || this.isHeld) this.settling = setTimeout(() => this.show(this.scene, this.zoom), this.crowd.keptFor);
  }

  /** Whether all of them stand exactly where they belong. */
  private drawLines(context: CanvasRenderingContext2D, placing: Placing): boolean {
    context.lineJoin = "round";
    const { clientWidth: width, clientHeight: height } = this.uplot.over;
    const veil = this.drawn.some(({ line }) => line.band !== null) ? VEIL : 1;
    const surface = { context, width, height, veil, placing, spans: () => this.spansNow(), crowd: this.crowd };
    const plain = this.drawn.filter(({ style }) => style.layer < DISTINCT);
    const distinct = this.drawn.slice(plain.length);
    for (const { line, style } of this.drawn) {
      if (line.raw) drawRaw(context, pixelsOf(line.xs, line.raw, placing), style);
    }
    const renderer = rendererOf(plain);
    const isExact = renderer.draw(plain, surface);
    for (const { line, style } of distinct) {
      if (line.part !== "train") drawBand(context, line, placing, style.color);
    }
    strokes.draw(distinct, surface);
    for (const projected of renderer === strokes ? this.drawn : distinct) {
      if (projected.line.band === null && projected.line.part !== "train") drawFate(context, projected, projected.style);
    }
    return isExact;
  }

  private spansNow(): KeptSpans {
    const ratio = uPlot.pxRatio;
    const { clientWidth, clientHeight } = this.uplot.over;
    const size = { width: Math.max(1, Math.round(clientWidth * ratio)), height: Math.max(1, Math.round(clientHeight * ratio)) };
    return (this.spans ??= spansOf(this.styled.map(({ line }) => line), this.placing(), size, ratio, this.outdated));
  }

  private drawMarks(context: CanvasRenderingContext2D, placing: Placing): void {
    const { clientWidth, clientHeight } = this.uplot.over;
    for (const { line, style } of this.drawn) {
      const place = style.mark && markOf(line, this.scene.judged, placing, clientWidth, clientHeight);
      if (style.mark && place) MARKS[style.mark.shape](context, place, style.mark.color, this.view.palette.halo);
    }
  }

  private drawCounts(context: CanvasRenderingContext2D, { toX }: Placing): void {
    const ratio = uPlot.pxRatio;
    const top = this.uplot.ctx.canvas.height / ratio - STRIP - this.uplot.bbox.top / ratio;
    drawStrip(context, this.scene.counts, toX, { left: 0, width: this.uplot.over.clientWidth, top }, this.view.palette);
  }

  /** Draw in CSS pixels from the plot's corner on; unless clipped, the star of a line that ends at the frame is whole. */
  private onPlot(clipped: boolean, draw: (context: CanvasRenderingContext2D) => void): void {
    const { ctx: context, bbox } = this.uplot;
    context.save();
    if (clipped) {
      context.beginPath();
      context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      context.clip();
    }
    context.translate(bbox.left, bbox.top);
    context.scale(uPlot.pxRatio, uPlot.pxRatio);
    draw(context);
    context.restore();
  }

  private point(pointer: readonly [x: number, y: number] | null): void {
    this.pointer = pointer;
    if (pointer === null || !this.isExact) return this.hover(null);
    this.index ??= new HoverIndex(this.drawn, this.spansNow(), uPlot.pxRatio);
    this.hover(this.index.nearest(...pointer, REACH));
  }

  private hover(hit: Hit | null): void {
    if (hit === null && this.hit === null) return;
    this.hit = hit;
    this.drawOverlay();
    this.uplot.over.style.cursor = hit ? "pointer" : "crosshair";
    this.listeners.onHover(hit && { ...hit, x: hit.x + this.uplot.over.offsetLeft, y: hit.y + this.uplot.over.offsetTop });
  }

  private drawOverlay(): void {
    const ratio = uPlot.pxRatio;
    const { clientWidth, clientHeight } = this.uplot.over;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (this.overlay.width !== width) this.overlay.width = width;  // which costs more than to clear it
    if (this.overlay.height !== height) this.overlay.height = height;
    const context = this.overlay.getContext("2d");
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, clientWidth, clientHeight);
    if (!this.hit) return;
    context.lineJoin = "round";
    const { hit, view: { palette } } = this;
    for (const projected of this.drawn) {
      if (projected.line.id !== hit.line.id) continue;
      const { style } = projected;
      drawLine(context, projected, { ...style, alpha: 1, width: style.width + 1.2 });
    }
    drawMarker(context, hit.x, hit.y, this.scene.styleOf(hit.line).color, palette.halo);
  }

  private options(target: HTMLElement): uPlot.Options {
    const { axis, scale, logX, palette } = this.view;
    return {
      width: target.clientWidth,
      height: target.clientHeight,
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: true, uni: STEADY, setScale: false, dist: 6 },
        bind: { dblclick: () => () => (this.listeners.onZoom(UNZOOMED), null) },
      },
      padding: [MARGIN_TOP, 16, STRIP, 0],
      scales: { x: { time: false, distr: logX ? 3 : 1 }, y: { distr: DISTRIBUTIONS[scale], range: () => [...this.shownY], fwd: (value) => this.scaleY.forward(value), bwd: (place) => this.scaleY.back(place) } },
      series: [{}, { show: true }],
      axes: axesOf(axis, scale, palette, logX, () => this.scaleY),
      hooks: { draw: [() => this.draw()], setSelect: [() => this.zoomToSelection()] },
    };
  }
}
