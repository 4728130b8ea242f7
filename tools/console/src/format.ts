// Values as people read them.
import type { Entity, Json } from "./api";

const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];
export const NONE = "–";

export const count = (value: Json | undefined): string =>
  typeof value === "number" ? NUMBER.format(value) : NONE;

/** "1 rule", "3 rules". */
export const counted = (many: number, noun: string): string => `${NUMBER.format(many)} ${noun}${many === 1 ? "" : "s"}`;

export function rate(value: number | undefined): string {
  if (value === undefined) return NONE;
  return value > 0 && value < 10 ? value.toFixed(1) : SHORT.format(value);
}

export function bytes(value: Json | undefined): string {
  if (typeof value !== "number") return NONE;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    ++unit;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** "3 d 4 h"; the two largest units. */
export function duration(seconds: Json | undefined): string {
  if (typeof seconds !== "number") return NONE;
  const parts: [number, string][] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  let left = Math.max(0, Math.floor(seconds));
  const words: string[] = [];
  for (const [size, name] of parts) {
    const many = Math.floor(left / size);
    left -= many * size;
    if (many > 0 || (words.length === 0 && size === 1)) words.push(`${many} ${name}`);
    if (words.length === 2) break;
  }
  return words.join(" ");
}

export function text(value: Json | undefined): string {
  if (value === null || value === undefined) return NONE;
  if (typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export const number = (row: Entity, name: string): number => {
  const value = row[name];
  return typeof value === "number" ? value : 0;
};

/** A word of a shell, quoted where it must be. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
