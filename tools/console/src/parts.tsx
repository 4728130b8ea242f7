// Small things that several pages show.
import type { ComponentChildren } from "preact";
import type { ApiError } from "./api";

export function Failure({ error, again }: { error: ApiError; again?: () => void }) {
  return (
    <div class="failure" role="alert">
      <p>{error.message}</p>
      {again && <button type="button" onClick={again}>Ask again</button>}
    </div>
  );
}

export function Fact({ title, children, bad }: { title: string; children: ComponentChildren; bad?: boolean }) {
  return (
    <div class={bad ? "fact bad" : "fact"}>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Mark({ bad, children }: { bad?: boolean; children: ComponentChildren }) {
  return <span class={bad ? "mark bad" : "mark"}>{children}</span>;
}

/** Relative, and exact on hover; `at`: milliseconds since 1970. */
export function Ago({ at }: { at: number }) {
  const exact = new Date(at);
  const words = relative((Date.now() - at) / 1000);
  return <time dateTime={exact.toISOString()} title={exact.toISOString()}>{words}</time>;
}

function relative(seconds: number): string {
  const form = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (Math.abs(seconds) < 60) return form.format(-Math.round(seconds), "second");
  if (Math.abs(seconds) < 3600) return form.format(-Math.round(seconds / 60), "minute");
  if (Math.abs(seconds) < 86400) return form.format(-Math.round(seconds / 3600), "hour");
  return form.format(-Math.round(seconds / 86400), "day");
}
