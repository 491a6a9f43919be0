import { useRef } from "react";
import { csvOf } from "../../curves/points/csv";
import type { Line } from "../../curves/lines";
import type { XAxis } from "../../state/url/bench";

interface Props {
  readonly svg: () => string;
  readonly lines: readonly Line[];
  readonly metric: string;
  readonly axis: XAxis;
  /** What the chart is of, for the names of its files. */
  readonly of: string;
  readonly nameOf: (line: Line) => string;
}

/** The chart as a picture, and what it shows in a table. */
export function CurveExport({ svg, lines, metric, axis, of, nameOf }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const name = `${of}-${metric.replaceAll(/[^\w.-]+/g, "-")}`;
  const picture = () => {
    const canvases = [...(place.current?.parentElement?.querySelectorAll<HTMLCanvasElement>(".plot canvas:not(.plot-overlay)") ?? [])];
    onPaper(canvases).toBlob((blob) => blob && save(blob, `${name}.png`));
  };
  const table = () => save(new Blob([csvOf(lines, axis, nameOf)], { type: "text/csv" }), `${name}.csv`);
  return (
    <div className="chart-export" ref={place}>
      <button type="button" className="link" onClick={picture}>
        PNG
      </button>
      <button type="button" className="link" onClick={() => save(new Blob([svg()], { type: "image/svg+xml" }), `${name}.svg`)}>
        SVG
      </button>
      <button type="button" className="link" onClick={table}>
        CSV
      </button>
    </div>
  );
}

/** All charts where they stand on the page. They are transparent: a picture needs the page's color to be read elsewhere. */
function onPaper(canvases: readonly HTMLCanvasElement[]): HTMLCanvasElement {
  const boxes = canvases.map((canvas) => canvas.getBoundingClientRect());
  const [left, top] = [Math.min(...boxes.map((box) => box.left)), Math.min(...boxes.map((box) => box.top))];
  const ratio = (canvases[0]?.width ?? 1) / (boxes[0]?.width || 1);
  const paper = document.createElement("canvas");
  paper.width = ratio * (Math.max(...boxes.map((box) => box.right)) - left);
  paper.height = ratio * (Math.max(...boxes.map((box) => box.bottom)) - top);
  const context = paper.getContext("2d") as CanvasRenderingContext2D;
  context.fillStyle = getComputedStyle(canvases[0]?.closest(".panel") ?? document.body).backgroundColor;
  context.fillRect(0, 0, paper.width, paper.height);
  canvases.forEach((canvas, place) => {
    const box = boxes[place] as DOMRect;
    context.drawImage(canvas, ratio * (box.left - left), ratio * (box.top - top));
  });
  return paper;
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
