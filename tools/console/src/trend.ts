// Numbers over time, as long as the console is open: kept while one looks at other pages.

import { Rates } from "./live";

export const TREND_POINTS = 300; // of each line
const TRENDS = 12; // the one that was not looked at for longest makes room

/** Points of one or more lines: the times, then each line's values. Seconds since 1970; null: not known. */
export interface Points {
  times: number[];
  lines: (number | null)[][];
}

class Trend {
  readonly points: Points;
  private last = 0;
  private rates = new Rates();

  constructor(lines: number) {
    this.points = { times: [], lines: Array.from({ length: lines }, () => []) };
  }

  /** `at` in milliseconds of performance.now(); the same moment again adds nothing. */
  add(at: number, values: readonly (number | undefined)[]): void {
    if (at <= this.last) return;
    this.last = at;
    const { times, lines } = this.points;
    times.push((performance.timeOrigin + at) / 1000);
    lines.forEach((line, i) => line.push(values[i] ?? null));
    if (times.length > TREND_POINTS) for (const line of [times, ...lines]) line.shift();
  }

  /** What the counters have grown, a second; the first time nothing is known of that. */
  addCounted(at: number, counters: readonly number[]): void {
    if (at > this.last) this.add(at, counters.map((value, i) => this.rates.of(String(i), value, at)));
  }
}

const trends = new Map<string, Trend>();

export function trendOf(key: string, lines: number): Trend {
  const trend = trends.get(key) ?? new Trend(lines);
  trends.delete(key);
  trends.set(key, trend);
  const oldest = trends.keys().next().value;
  if (trends.size > TRENDS && oldest !== undefined) trends.delete(oldest);
  return trend;
}
