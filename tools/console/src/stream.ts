// One WebSocket on which the node tells what changes in what is watched: common/mgmt/watch_line.hpp says how.
import { ApiError, credentials, type Entity, type Json, type Page } from "./api";

const PROTOCOL = "weft.stream";
const AGAIN = 5_000; // ms until a stream that was lost is asked for again
const OPENS_IN = 3_000; // ms, or it is looked at without
const SILENCE = 45_000; // ms; the node says something every 20 s

export interface Watcher {
  told(page: Page): void; // of each look: what is new is in it, the rest is the same objects
  failed(error: ApiError): void;
  lost(): void; // there is no stream now: look for yourself, until something is told
}

interface Watch {
  path: string;
  seconds: number;
  watcher: Watcher;
  rows: Map<string, Entity>;
  page: Page;
}

interface Line {
  watch?: number;
  total?: number;
  missing?: string;
  order?: string[];
  rows?: Record<string, Entity>;
  status?: number;
  error?: string;
}

class Stream {
  private watches = new Map<number, Watch>();
  private numbers = 0;
  private socket: WebSocket | undefined;
  private isOpen = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
  }

  /** What GET of `path`, a list, answers from now on, at most every `seconds`; until what it returns is called. */
  watch(path: string, seconds: number, watcher: Watcher): () => void {
    const number = ++this.numbers;
    const page = { rows: [], total: 0, missing: "", at: 0 };
    this.watches.set(number, { path, seconds, watcher, rows: new Map(), page });
    if (this.isOpen) {
      this.say({ watch: number, path, seconds });
    } else if (!this.socket && this.timer) {
      watcher.lost(); // it is asked for again later
    } else {
      this.open();
    }
    return () => this.unwatch(number);
  }

  private unwatch(number: number): void {
    if (this.watches.delete(number) && this.isOpen) this.say({ unwatch: number });
  }

  private say(line: Json): void {
    this.socket?.send(new TextEncoder().encode(JSON.stringify(line) + "\n"));
  }

  private open(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.socket || document.hidden || this.watches.size === 0) return;
    const url = new URL("/api/stream", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, PROTOCOL);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    let text = "";
    const decoder = new TextDecoder();
    this.expect(OPENS_IN);
    socket.onopen = () => {
      this.isOpen = true;
      this.expect(SILENCE);
      const login = credentials();
      if (login) this.say({ login });
      for (const [number, { path, seconds }] of this.watches) this.say({ watch: number, path, seconds });
    };
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return;
      this.expect(SILENCE);
      text += decoder.decode(data as ArrayBuffer, { stream: true });
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) this.take(JSON.parse(line) as Line);
    };
    socket.onclose = () => {
      if (this.socket === socket) this.lose();
    };
  }

  /** Something must come within that time. */
  private expect(time: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lose(), time);
  }

  private close(): void {
    const socket = this.socket;
    this.socket = undefined;
    this.isOpen = false;
    clearTimeout(this.timer);
    this.timer = undefined;
    socket?.close();
  }

  private lose(): void {
    this.close();
    this.timer = setTimeout(() => this.open(), AGAIN);
    for (const { watcher } of [...this.watches.values()]) watcher.lost();
  }

  private take(line: Line): void {
    const watch = line.watch === undefined ? undefined : this.watches.get(line.watch);
    if (!watch) return; // it was given up, or the node says that it is there, or why it goes
    if (line.error !== undefined) {
      watch.rows.clear();
      watch.watcher.failed(new ApiError(line.error, line.status ?? 500));
      return;
    }
    watch.page = changed(watch, line);
    watch.watcher.told(watch.page);
  }
}

/** The page after a line. Rows stand in the map as in the page; a line may say another order. */
function changed(watch: Watch, line: Line): Page {
  const { rows, page } = watch;
  for (const [key, row] of Object.entries(line.rows ?? {})) rows.set(key, row);
  if (line.order) {
    watch.rows = new Map(line.order.flatMap((key) => {
      const row = rows.get(key);
      return row ? [[key, row] as const] : [];
    }));
  }
  return {
    rows: line.rows ? [...watch.rows.values()] : page.rows,
    total: line.total ?? page.total,
    missing: line.total === undefined ? page.missing : (line.missing ?? ""),
    at: performance.now(),
  };
}

export const stream = new Stream();
