// What is asked again and again while somebody looks at it.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api";

export const LOOK_SECONDS = 3;
// A node works for an open page at most one part in so many of the time: the longer an answer takes, the longer
// it is until the next question.
const REST = 100;
const REST_MAX = 60_000; // ms

export interface Live<T> {
  data: T | undefined; // the last that was told, whatever became of later questions
  error: ApiError | undefined; // of the last question
  again: () => void; // asks at once
}

/**
 * Asks with `ask` now, when `key` changes, and `seconds` after each answer, or later if that took long. A page that
 * nobody sees asks nothing; an answer that comes late, to a question that is no longer put, is dropped.
 */
export function useLive<T>(key: string, ask: () => Promise<T>, seconds = LOOK_SECONDS): Live<T> {
  const [told, setTold] = useState<{ key: string; data?: T; error?: ApiError }>({ key });
  const [turn, setTurn] = useState(0);
  const question = useRef(ask);
  question.current = ask;
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      if (document.hidden) return;
      const began = performance.now();
      try {
        const data = await question.current();
        if (!over) setTold({ key, data });
      } catch (error) {
        const failure = error instanceof ApiError ? error : new ApiError(String(error), 0);
        if (!over) setTold((before) => ({ key, data: before.key === key ? before.data : undefined, error: failure }));
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
  }, [key, seconds, turn]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  return { data: told.key === key ? told.data : undefined, error: told.error, again };
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
