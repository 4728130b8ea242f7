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
}

type Step = { at: "asked" } | { at: "made" } | { at: "done"; words: string } | { at: "failed"; words: string };

/** `propose` opens the dialog; `done` is called after a change. */
export function useChange(done: () => void): [preact.JSX.Element | null, (change: Change) => void] {
  const [change, setChange] = useState<Change>();
  const dialog = change ? (
    <ChangeDialog change={change} done={done} close={() => setChange(undefined)} />
  ) : null;
  return [dialog, setChange];
}

function ChangeDialog({ change, done, close }: { change: Change; done: () => void; close: () => void }) {
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
  const ready = (step.at === "asked" || step.at === "failed") && (!change.confirm || typed === change.confirm);
  return (
    <dialog ref={dialog} aria-labelledby="change" onClose={close}>
      <form onSubmit={(event) => { event.preventDefault(); if (ready) void make(); }}>
        <h2 id="change">{change.title}</h2>
        {change.about && <p>{change.about}</p>}
        <h3>What is sent</h3>
        <pre class="code">
          {[`${change.method} ${change.path}`, change.body === undefined ? "" : JSON.stringify(change.body, null, 2)]
            .join("\n").trim()}
        </pre>
        <h3>The same by command</h3>
        <pre class="code">{change.command}</pre>
        {change.confirm && step.at !== "done" && (
          <label class="line">
            Type <b>{change.confirm}</b> to go on
            <input value={typed} autocomplete="off" onInput={(event) => setTyped(event.currentTarget.value)} />
          </label>
        )}
        <p role="status">{step.at === "made" ? "It is being done…" : step.at === "done" ? step.words : ""}</p>
        {step.at === "failed" && <p class="failure" role="alert">{step.words}</p>}
        <div class="tools">
          <span class="spring" />
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
