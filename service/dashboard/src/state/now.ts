import { useEffect, useState } from "react";

const TICK = 1000;

/** The present moment, again every second, so that ages and durations go on while nothing else happens. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK);
    return () => clearInterval(timer);
  }, []);
  return now;
}
