import { type ComponentProps, lazy, Suspense } from "react";

const EChart = lazy(() => import("./EChart"));

/** One of ECharts' pictures. Its place alone is empty until that library has come: what is read beside it stays. */
export function LateEChart(props: ComponentProps<typeof EChart>) {
  return (
    <Suspense fallback={<div className="echart" style={{ height: props.height }} aria-busy="true" />}>
      <EChart {...props} />
    </Suspense>
  );
}
