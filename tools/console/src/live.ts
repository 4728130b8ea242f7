// What is shown as it is now, while somebody looks at it: told by the node's stream, or asked again and again.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, list, listPath, type Page, type Wanted } from "./api";
import { stream } from "./stream";

export const LOOK_SECONDS = 3;
export const LIST_MAX = 1000; // rows that are told at once
const STREAM_SECONDS = 2; // less often where the list is long: the node sees to that
// A node works for an open page at most one part in so many of the time: the longer an answer takes, the longer
// it is until the next question.
const REST = 100;
const REST_MAX = 60_000; // ms

export interface Live<T> {
  data: T | undefined; // the last that was told, whatever became of later questions
  error: ApiError | undefined; // of the last question
  again: () => void; // asks at once
}

interface Hear<T> {
  told(data: T): void;
  failed(error: ApiError): void;
}

/** Asks now, and `seconds` after each answer, or later if that took long; 0: once. Returns how to stop it. */
function poll<T>(ask: () => Promise<T>, seconds: number, hear: Hear<T>): () => void {
  let over = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = async () => {
    if (document.hidden) return;
    const began = performance.now();
    try {
      const data = await ask();
      if (!over) hear.told(data);
    } catch (error) {
      if (!over) hear.failed(error instanceof ApiError ? error : new ApiError(String(error), 0));
    }
    const rest = Math.min((performance.now() - began) * REST, REST_MAX);
    if (!over && seconds > 0) timer = setTimeout(look, Math.max(seconds * 1000, rest));
  };
  const resume = () => {
    clearTimeout(timer);
    void look();
  };
  document.addEventListener("visibilitychange", resume);
  void look();
  return () => {
    over = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", resume);
  };
}

/** Told by the stream while there is one, else by asking. */
function follow(path: string, ask: () => Promise<Page>, seconds: number, hear: Hear<Page>): () => void {
  let stopPolling: (() => void) | undefined;
  const hears = <T>(of: (data: T) => void) => (data: T) => {
    stopPolling?.();
    stopPolling = undefined;
    of(data);
  };
  const stop = stream.watch(path, seconds, {
    told: hears(hear.told),
    failed: hears(hear.failed),
    lost: () => { stopPolling ??= poll(ask, Math.max(seconds, LOOK_SECONDS), hear); },
  });
  return () => {
    stop();
    stopPolling?.();
  };
}

/** What `begin` tells from now on, or when `key` changes; what comes late, of another key, is dropped. */
function useTold<T>(key: string, begin: (hear: Hear<T>) => () => void): Live<T> {
  const [told, setTold] = useState<{ key: string; data?: T; error?: ApiError }>({ key });
  const [turn, setTurn] = useState(0);
  const beginning = useRef(begin);
  beginning.current = begin;
  useEffect(() => beginning.current({
    told: (data) => setTold({ key, data }),
    failed: (error) =>
      setTold((before) => (before.key === key && before.data !== undefined
        ? { key, data: before.data, error } : { key, error })),
  }), [key, turn]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  return { data: told.key === key ? told.data : undefined, error: told.error, again };
}

/** What `ask` answers; a page that nobody sees asks nothing. */
export function useLive<T>(key: string, ask: () => Promise<T>, seconds = LOOK_SECONDS): Live<T> {
  const question = useRef(ask);
  question.current = ask;
  return useTold(`${seconds} ${key}`, (hear) => poll(() => question.current(), seconds, hear));
}

/** A list of entities. */
export function useList(type: string, wanted: Wanted = {}, seconds = STREAM_SECONDS): Live<Page> {
  const path = listPath(type, wanted);
  return useTold(`${seconds} ${path}`, (hear) => follow(path, () => list(type, wanted), seconds, hear));
}

/** Makes rates of counters: what `id` has counted more since it was last asked, a second. */
export class Rates {
  private last = new Map<string, { value: number; at: number; rate: number | undefined }>();

  of(id: string, value: number, now: number): number | undefined {
    const before = this.last.get(id);
    if (before && now - before.at < 500) return before.rate; // the same answer, drawn again
    const grown = before ? value - before.value : -1;
    const rate = before && grown >= 0 ? (grown * 1000) / (now - before.at) : undefined;
    this.last.set(id, { value, at: now, rate });
    return rate;
  }
}
