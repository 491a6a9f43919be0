import type { Connection } from "../../stream/messages";

/** Whether changes appear as they happen; what has ended has none. */
export function LiveMark({ connection, ended }: { readonly connection: Connection; readonly ended: boolean }) {
  if (connection === "lost") return <span className="live live-lost" role="status">Connection lost, trying again…</span>;
  if (ended) return null;
  return <span className={`live live-${connection}`} title="Changes appear as they happen">{connection === "live" ? "Live" : "Connecting…"}</span>;
}
