/** The plot: uPlot gives axes, scales and zoom; the lines are drawn here, because each has its own x values. */

import uPlot from "uplot";
import { axesOf } from "./axes";
import type { Palette } from "./colors";
import { drawLine, drawMarker, drawStar } from "./drawing";
import type { Line, XAxis } from "./lines";
import type { Hit, Projected } from "./projection";
import { nearest, project } from "./projection";
import type { Focus, Range } from "./ranges";
import { bulkExtentY, extentX, extentY, padded, withRoom, withWidth } from "./ranges";
import type { Style } from "./styles";

export interface View {
  readonly axis: XAxis;
  readonly log: boolean;
  /** Leave a tail of runs that collapsed, and spikes, out of the first view. */
  readonly clip: boolean;
  readonly palette: Palette;
}

export interface Scene {
  readonly metric: string;
  readonly focus: Focus;
  readonly lines: readonly Line[];
  readonly styleOf: (line: Line) => Style;
}

export interface Listeners {
  /** The point under the pointer, placed within the whole chart. */
  readonly onHover: (hit: Hit | null) => void;
  readonly onSelect: (hit: Hit) => void;
}

/** What a drag chose; an axis of which all is shown is null. */
interface Zoom {
  readonly x: Range | null;
  readonly y: Range | null;
}

const REACH = 24;
const UNZOOMED: Zoom = { x: null, y: null };
/** Pixels below which the other direction of a drag is taken for a trembling hand. */
const STEADY = 24;

export class Plot {
  private readonly uplot: uPlot;
  private readonly overlay = document.createElement("canvas");
  private projected: Projected[] = [];
  private scene: Scene = { metric: "", focus: { maximize: false, selected: null }, lines: [], styleOf: () => { throw new RangeError("an empty scene has no line to style"); } };
  private full: Range = [0, 1];
  private zoom = UNZOOMED;
  private hit: Hit | null = null;
  private pointer: readonly [x: number, y: number] | null = null;

  constructor(target: HTMLElement, private readonly view: View, private readonly listeners: Listeners) {
    this.uplot = new uPlot(this.options(target), [[0, 1], [null, null]], target);
    this.overlay.className = "plot-overlay";
    this.uplot.over.append(this.overlay);
    this.uplot.over.addEventListener("mousemove", (event) => this.point([event.offsetX, event.offsetY]));
    this.uplot.over.addEventListener("mouseleave", () => this.point(null));
    this.uplot.over.addEventListener("click", () => { if (this.hit) this.listeners.onSelect(this.hit); });
  }

  /** Show other lines; a zoomed view stays where it is, but for the values of another metric. */
  show(scene: Scene): void {
    const zoom = scene.metric === this.scene.metric ? this.zoom : { ...this.zoom, y: null };
    this.scene = scene;
    this.full = withWidth(extentX(scene.lines) ?? [0, 1]);
    this.zoomTo(zoom);
  }

  resize(width: number, height: number): void {
    this.uplot.setSize({ width, height });
    this.zoomTo(this.zoom);
  }

  destroy(): void {
    this.uplot.destroy();
  }

  private zoomTo(zoom: Zoom): void {
    this.zoom = zoom;
    const [min, max] = zoom.x ?? withRoom(this.full, this.uplot.over.clientWidth);
    this.uplot.setScale("x", { min, max });
  }

  /** A box chooses of both axes; a drag along one of them, which selects all of the other, of that one alone. */
  private zoomToSelection(): void {
    const { uplot } = this;
    const { left, top, width, height } = uplot.select;
    const x: Range = [uplot.posToVal(left, "x"), uplot.posToVal(left + width, "x")];
    const y: Range = [uplot.posToVal(top + height, "y"), uplot.posToVal(top, "y")];
    if (width > 0 && height > 0) {
      this.zoomTo({
        x: width < uplot.over.clientWidth ? x : this.zoom.x,
        y: height < uplot.over.clientHeight ? y : this.zoom.y,
      });
    }
    uplot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  private rangeY(): uPlot.Range.MinMax {
    if (this.zoom.y) return [...this.zoom.y];
    const { clip, log } = this.view;
    const { lines, focus } = this.scene;
    const x = this.zoom.x ?? this.full;
    const range = clip ? bulkExtentY(lines, x, log, focus) : extentY(lines, x, log);
    return [...padded(range ?? (log ? [0.1, 1] : [0, 1]), log)];
  }

  private draw(): void {
    const { uplot } = this;
    const ratio = uPlot.pxRatio;
    const toX = (x: number) => uplot.valToPos(x, "x");
    const toY = (y: number) => uplot.valToPos(y, "y");
    const styled = this.scene.lines.map((line) => ({ line, style: this.scene.styleOf(line) })).sort((a, b) => a.style.layer - b.style.layer);
    const floor = uplot.over.clientHeight - 8;
    this.projected = styled.map(({ line }) => project(line, toX, toY, this.view.log, floor));
    const { ctx: context, bbox } = uplot;
    context.save();
    context.beginPath();
    context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    context.clip();
    context.translate(bbox.left, bbox.top);
    context.scale(ratio, ratio);
    context.lineJoin = "round";
    this.projected.forEach((projected, index) => drawLine(context, projected, (styled[index] as { style: Style }).style));
    context.restore();
    context.save();  // not clipped: the star of a line that ends at the frame is whole
    context.translate(bbox.left, bbox.top);
    context.scale(ratio, ratio);
    this.projected.forEach((projected, index) => {
      const { star, color } = (styled[index] as { style: Style }).style;
      if (star) drawStar(context, projected, color, this.view.palette.halo, bbox.width / ratio, bbox.height / ratio);
    });
    context.restore();
    this.point(this.pointer);
  }

  private point(pointer: readonly [x: number, y: number] | null): void {
    this.pointer = pointer;
    this.hover(pointer && nearest(this.projected, ...pointer, REACH));
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
    this.overlay.width = clientWidth * ratio;
    this.overlay.height = clientHeight * ratio;
    const context = this.overlay.getContext("2d");
    if (!context || !this.hit) return;
    context.scale(ratio, ratio);
    const { hit, view: { palette } } = this;
    for (const projected of this.projected) {
      if (projected.line.runId !== hit.line.runId) continue;
      const style = this.scene.styleOf(projected.line);
      drawLine(context, projected, { ...style, alpha: 1, width: style.width + 1.2 });
    }
    drawMarker(context, hit.x, hit.y, this.scene.styleOf(hit.line).color, palette.halo);
  }

  private options(target: HTMLElement): uPlot.Options {
    const { axis, log, palette } = this.view;
    return {
      width: target.clientWidth,
      height: target.clientHeight,
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: true, uni: STEADY, setScale: false, dist: 6 },
        bind: { dblclick: () => () => (this.zoomTo(UNZOOMED), null) },
      },
      padding: [12, 16, 0, 0],
      scales: { x: { time: false }, y: { distr: log ? 3 : 1, range: () => this.rangeY() } },
      series: [{}, { show: true }],
      axes: axesOf(axis, log, palette),
      hooks: { draw: [() => this.draw()], setSelect: [() => this.zoomToSelection()] },
    };
  }
}
