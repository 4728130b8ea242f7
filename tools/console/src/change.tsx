// A change before it is made: what is sent, the command that does the same, and a typed name where it can't be undone.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, type Json } from "./api";

export interface Change {
  title: string; // "Purge orders"
  about?: string; // what it does, and what of that can't be undone
  confirm?: string; // must be typed
  method: string; // "DELETE"
  path: string; // "/api/queue/queue%2Forders"
  body?: Json;
  command: string; // of weft
  make: () => Promise<string | void>; // what became of it, in words
  parts?: readonly Change[]; // it is these, one after the other; then it has no path of its own
  undo?: () => Change; // once it is made, what takes it back
}

/** Several changes as one; where some fail, the others are made, and what failed can be made once more. */
export function together(title: string, about: string, confirm: string, parts: readonly Change[]): Change {
  let left = [...parts];
  const make = async () => {
    const failed: [Change, string][] = [];
    for (const part of left) {
      try {
        await part.make();
      } catch (error) {
        failed.push([part, error instanceof ApiError ? error.message : String(error)]);
      }
    }
    left = failed.map(([part]) => part);
    const done = `${parts.length - left.length} of ${parts.length} done.`;
    if (failed.length === 0) return done;
    throw new ApiError([done, ...failed.map(([part, why]) => `${part.title}: ${why}`)].join("\n"), 0);
  };
  const undos = parts.map((part) => part.undo);
  const all = { title, about, method: "", path: "", command: "", make, parts, ...(confirm ? { confirm } : {}) };
  if (undos.includes(undefined)) return all;
  return {
    ...all,
    undo: () => together(`Undo: ${title}`, "Each of them is taken back.", "", undos.flatMap((undo) => undo?.() ?? [])),
  };
}

const PARTS_SHOWN = 20;

function shownOf(parts: readonly Change[], of: (part: Change) => string): string {
  const more = parts.length - PARTS_SHOWN;
  return parts.slice(0, PARTS_SHOWN).map(of).join("\n") + (more > 0 ? `\n… and ${more} more` : "");
}

const requestOf = ({ method, path, body }: Change): string =>
  [`${method} ${path}`, body === undefined ? "" : JSON.stringify(body, null, 2)].join("\n").trim();

type Step = { at: "asked" } | { at: "made" } | { at: "done"; words: string } | { at: "failed"; words: string };

/** `propose` opens the dialog; `done` is called after a change. */
export function useChange(done: () => void): [preact.JSX.Element | null, (change: Change) => void] {
  const [change, setChange] = useState<Change>();
  const dialog = change ? (
    <ChangeDialog key={change.title} change={change} done={done} close={() => setChange(undefined)}
      next={setChange} />
  ) : null;
  return [dialog, setChange];
}

interface DialogOf {
  change: Change;
  done: () => void;
  close: () => void;
  next: (change: Change) => void; // is asked instead
}

function ChangeDialog({ change, done, close, next }: DialogOf) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [step, setStep] = useState<Step>({ at: "asked" });
  const [typed, setTyped] = useState("");
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => (before instanceof HTMLElement ? before.focus() : undefined);
  }, []);
  const make = async () => {
    setStep({ at: "made" });
    try {
      const words = (await change.make()) ?? "Done.";
      setStep({ at: "done", words });
      done();
    } catch (error) {
      setStep({ at: "failed", words: error instanceof ApiError ? error.message : String(error) });
    }
  };
  const parts = change.parts ?? [change];
  const ready = (step.at === "asked" || step.at === "failed") && (!change.confirm || typed === change.confirm);
  return (
    <dialog ref={dialog} aria-labelledby="change" onClose={close}>
      <form onSubmit={(event) => { event.preventDefault(); if (ready) void make(); }}>
        <h2 id="change">{change.title}</h2>
        {change.about && <p>{change.about}</p>}
        <h3>What is sent</h3>
        <pre class="code">{shownOf(parts, requestOf)}</pre>
        <h3>The same by command</h3>
        <pre class="code">{shownOf(parts, (part) => part.command)}</pre>
        {change.confirm && step.at !== "done" && (
          <label class="line">
            Type <b>{change.confirm}</b> to go on
            <input value={typed} autocomplete="off" onInput={(event) => setTyped(event.currentTarget.value)} />
          </label>
        )}
        <p role="status">{step.at === "made" ? "It is being done…" : step.at === "done" ? step.words : ""}</p>
        {step.at === "failed" && <p class="failure lines" role="alert">{step.words}</p>}
        <div class="tools">
          <span class="spring" />
          {step.at === "done" && change.undo && (
            <button type="button" onClick={() => { const { undo } = change; if (undo) next(undo()); }}>Undo</button>
          )}
          <button type="button" onClick={() => dialog.current?.close()}>
            {step.at === "done" ? "Close" : "Cancel"}
          </button>
          {step.at !== "done" && (
            <button type="submit" class={change.confirm ? "danger" : "main"} disabled={!ready}>{change.title}</button>
          )}
        </div>
      </form>
    </dialog>
  );
}
