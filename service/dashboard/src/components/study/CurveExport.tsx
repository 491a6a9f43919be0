import { useRef } from "react";
import { csvOf } from "../../curves/csv";
import type { Line } from "../../curves/lines";
import type { XAxis } from "../../state/bench";

interface Props {
  readonly lines: readonly Line[];
  readonly metric: string;
  readonly axis: XAxis;
  readonly study: string;
  readonly nameOf: (line: Line) => string;
}

/** The chart as a picture, and what it shows in a table. */
export function CurveExport({ lines, metric, axis, study, nameOf }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const name = `${study}-${metric.replaceAll(/[^\w.-]+/g, "-")}`;
  const picture = () => {
    const canvas = place.current?.parentElement?.querySelector<HTMLCanvasElement>(".plot canvas");
    if (canvas) onPaper(canvas).toBlob((blob) => blob && save(blob, `${name}.png`));
  };
  const table = () => save(new Blob([csvOf(lines, axis, nameOf)], { type: "text/csv" }), `${name}.csv`);
  return (
    <div className="chart-export" ref={place}>
      <button type="button" className="link" onClick={picture}>
        PNG
      </button>
      <button type="button" className="link" onClick={table}>
        CSV
      </button>
    </div>
  );
}

/** The canvas is transparent: a picture of it needs the page's color behind it to be read elsewhere. */
function onPaper(canvas: HTMLCanvasElement): HTMLCanvasElement {
  const paper = document.createElement("canvas");
  [paper.width, paper.height] = [canvas.width, canvas.height];
  const context = paper.getContext("2d") as CanvasRenderingContext2D;
  context.fillStyle = getComputedStyle(canvas.closest(".panel") ?? document.body).backgroundColor;
  context.fillRect(0, 0, paper.width, paper.height);
  context.drawImage(canvas, 0, 0);
  return paper;
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
