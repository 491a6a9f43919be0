/** Calls that may come in bursts, run one at a time and never too often. */

export interface Throttle {
  /** Ask for a run: at once when the last one is long enough ago, else later; many askings make one run. */
  request(): void;
  cancel(): void;
}

/**
 * Throttle `work`: two starts are at least `interval` milliseconds apart, and after slow work the pause is as long as
 * the work took, so that a large study refreshes less often instead of always.
 */
export function throttle(work: () => Promise<unknown>, interval: number): Throttle {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let running = false;
  let wanted = false;
  let earliest = 0;

  async function run(): Promise<void> {
    timer = null;
    wanted = false;
    running = true;
    const started = Date.now();
    try {
      await work();
    } finally {
      running = false;
      earliest = Math.max(started + interval, 2 * Date.now() - started);
      if (wanted) schedule();
    }
  }

  function schedule(): void {
    timer ??= setTimeout(() => void run(), Math.max(0, earliest - Date.now()));
  }

  return {
    request() {
      wanted = true;
      if (!running) schedule();
    },
    cancel() {
      wanted = false;
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
