import { useState } from "preact/hooks";
import { ApiError, create, list } from "../api";
import { useLive } from "../live";
import { linkTo, type Route } from "../route";
import { attributesOf, createCommand, faultOf, isKept, NEW_RULE, type Rule } from "../rule";
import { knownBrokers } from "./rules";

const TYPES: Record<string, string> = {
  anycast: "anycast: each message goes to one receiver",
  multicast: "multicast: each message goes to all receivers",
  queue: "queue: a broker keeps each message until one takes it",
  topic: "topic: a broker keeps messages for each subscription",
};

export function NewAddress({ route }: { route: Route }) {
  const [given, setRule] = useState<Rule>({ ...NEW_RULE, rule: route.rest });
  const mode = useLive("mode", async () => (await list("router", { attributes: ["mode"] })).rows[0]?.["mode"], 0);
  const rule = { ...given, scope: given.scope || (mode.data === "interior" ? "mesh" : "node") };
  const [state, setState] = useState<{ busy: boolean; failure: string; made: string }>(IDLE);
  const brokers = useLive("brokers", knownBrokers, 0);
  const set = (name: keyof Rule) => (event: { currentTarget: HTMLInputElement | HTMLSelectElement }) => {
    setRule({ ...given, [name]: event.currentTarget.value });
    setState(IDLE);
  };
  const fault = faultOf(rule);
  const make = async () => {
    setState({ ...IDLE, busy: true });
    try {
      await create("router.config.address", attributesOf(rule));
      setState({ ...IDLE, made: rule.rule.trim() });
    } catch (error) {
      setState({ ...IDLE, failure: error instanceof ApiError ? error.message : String(error) });
    }
  };
  return (
    <form class="form" onSubmit={(event) => { event.preventDefault(); if (!fault && !state.busy) void make(); }}>
      <label>Address<input value={rule.rule} onInput={set("rule")} autocomplete="off" required /></label>
      <Choice label="Type" value={rule.type} choices={TYPES} onChange={set("type")} />
      {isKept(rule.type) && (
        <label>
          Brokers, by name
          <input list="brokers" value={rule.brokers} onInput={set("brokers")} autocomplete="off" />
          <datalist id="brokers">{brokers.data?.map((name) => <option key={name} value={name} />)}</datalist>
        </label>
      )}
      <Choice label="Known on" value={rule.scope} onChange={set("scope")}
        choices={{ mesh: "all routers of the mesh", node: "this router" }} />
      <details>
        <summary>More</summary>
        <Choice label="The address is" value={rule.kind} onChange={set("kind")}
          choices={{ address: "one, or with wildcards + and #", prefix: "a prefix", pattern: "a pattern, * and #" }} />
        {rule.type === "anycast" && (
          <Choice label="Distribution" value={rule.distribution} onChange={set("distribution")}
            choices={{ "": "the router's default", balanced: "balanced", closest: "closest", unavailable: "none" }} />
        )}
        <Choice label="Priority" value={rule.priority} onChange={set("priority")}
          choices={Object.fromEntries([["", "that of each message"], ..."0123456789".split("").map((n) => [n, n])])} />
        <Choice label="A receiver of a multicast that hangs" value={rule.slowConsumer} onChange={set("slowConsumer")}
          choices={{ block: "blocks senders", drop: "loses messages" }} />
      </details>
      <section aria-label="What will be done">
        <h2>What is sent</h2>
        <pre class="code">POST /api/router.config.address{"\n"}{JSON.stringify(attributesOf(rule), null, 2)}</pre>
        <h2>The same by command</h2>
        <pre class="code">{createCommand(rule)}</pre>
      </section>
      <p class="note" role="status">{state.busy ? "It is being made…" : fault}</p>
      {state.failure && <p class="failure" role="alert">{state.failure}</p>}
      {state.made && (
        <p class="verdict" role="status">
          Made. <a href={linkTo("address", state.made)}>See {state.made}</a> · <a href={linkTo("rules")}>All rules</a>
        </p>
      )}
      <div class="tools">
        <button type="submit" class="main" disabled={fault !== "" || state.busy}>Create</button>
        <a class="button" href={linkTo("rules")}>Back</a>
      </div>
    </form>
  );
}

const IDLE = { busy: false, failure: "", made: "" };

interface ChoiceOf {
  label: string;
  value: string;
  choices: Record<string, string>;
  onChange: (event: { currentTarget: HTMLSelectElement }) => void;
}

function Choice({ label, value, choices, onChange }: ChoiceOf) {
  return (
    <label>
      {label}
      <select value={value} onChange={onChange}>
        {Object.entries(choices).map(([word, title]) => <option key={word} value={word}>{title}</option>)}
      </select>
    </label>
  );
}
