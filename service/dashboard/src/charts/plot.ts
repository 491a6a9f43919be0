/** The plot: uPlot gives axes, scales and zoom; the lines are drawn here, because each has its own x values. */

import uPlot from "uplot";
import { axesOf } from "./axes";
import type { Palette } from "./colors";
import { drawLine, drawMarker } from "./drawing";
import type { Line, XAxis } from "./lines";
import type { Hit, Projected } from "./projection";
import { nearest, project } from "./projection";
import type { Range } from "./ranges";
import { bulkExtentY, extentX, extentY, padded, withWidth } from "./ranges";
import type { Style } from "./styles";

export interface View {
  readonly axis: XAxis;
  readonly log: boolean;
  /** Leave single far-off points out of view. */
  readonly clip: boolean;
  readonly palette: Palette;
}

export interface Scene {
  readonly lines: readonly Line[];
  readonly styleOf: (line: Line) => Style;
}

export interface Listeners {
  /** The point under the pointer, placed within the whole chart. */
  readonly onHover: (hit: Hit | null) => void;
  readonly onSelect: (hit: Hit) => void;
}

const REACH = 24;

export class Plot {
  private readonly uplot: uPlot;
  private readonly overlay = document.createElement("canvas");
  private projected: Projected[] = [];
  private scene: Scene = { lines: [], styleOf: () => { throw new RangeError("an empty scene has no line to style"); } };
  private full: Range = [0, 1];
  /** What a drag chose of the x axis; all of it when null. */
  private zoom: Range | null = null;
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

  /** Show other lines; a zoomed view stays where it is. */
  show(scene: Scene): void {
    this.scene = scene;
    this.full = withWidth(extentX(scene.lines) ?? [0, 1]);
    this.zoomTo(this.zoom);
  }

  resize(width: number, height: number): void {
    this.uplot.setSize({ width, height });
  }

  destroy(): void {
    this.uplot.destroy();
  }

  private zoomTo(zoom: Range | null): void {
    this.zoom = zoom;
    const [min, max] = zoom ?? this.full;
    this.uplot.setScale("x", { min, max });
  }

  private zoomToSelection(): void {
    const { left, width } = this.uplot.select;
    if (width > 0) this.zoomTo([this.uplot.posToVal(left, "x"), this.uplot.posToVal(left + width, "x")]);
    this.uplot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  private rangeY(): uPlot.Range.MinMax {
    const { clip, log } = this.view;
    const extent = clip ? bulkExtentY : extentY;
    const range: Range = extent(this.scene.lines, this.zoom ?? this.full, log) ?? (log ? [0.1, 1] : [0, 1]);
    return [...padded(range, log)];
  }

  private draw(): void {
    const { uplot } = this;
    const ratio = uPlot.pxRatio;
    const toX = (x: number) => uplot.valToPos(x, "x");
    const toY = (y: number) => uplot.valToPos(y, "y");
    const styled = this.scene.lines.map((line) => ({ line, style: this.scene.styleOf(line) })).sort((a, b) => a.style.layer - b.style.layer);
    this.projected = styled.map(({ line }) => project(line, toX, toY, this.view.log));
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
        drag: { x: true, y: false, setScale: false, dist: 6 },
        bind: { dblclick: () => () => (this.zoomTo(null), null) },
      },
      padding: [12, 16, 0, 0],
      scales: { x: { time: false }, y: { distr: log ? 3 : 1, range: () => this.rangeY() } },
      series: [{}, { show: true }],
      axes: axesOf(axis, log, palette),
      hooks: { draw: [() => this.draw()], setSelect: [() => this.zoomToSelection()] },
    };
  }
}
