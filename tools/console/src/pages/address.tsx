import { operate, type Entity, type Json } from "../api";
import { count, duration, shellWord, text } from "../format";
import { useLive } from "../live";
import { Fact, Failure, Mark } from "../parts";
import { linkTo, type Route } from "../route";

const entities = (value: Json | undefined): Entity[] =>
  Array.isArray(value) ? value.filter((each): each is Entity => each !== null && typeof each === "object") : [];

export function Address({ route }: { route: Route }) {
  const name = route.rest;
  const live = useLive(name, async () => (await operate("router", "EXPLAIN", { address: name })) as Entity);
  const told = live.data;
  return (
    <>
      {live.error && <Failure error={live.error} again={live.again} />}
      {told && (
        <>
          <Verdict told={told} />
          <dl class="facts">
            <Fact title="Rule">{text(told["rule"] ?? told["pattern"])}</Fact>
            <Fact title="Distribution">{text(told["distribution"])}</Fact>
            <Fact title="Waits here">{count(told["waiting"])}</Fact>
            <Fact title="Senders here">{count(told["producerCount"])}</Fact>
            <Fact title="Senders that may send no more now">{count(told["producersAtCapacity"])}</Fact>
          </dl>
          <Rows title="Receivers at this router" rows={entities(told["consumers"])} none="None is here." />
          <Rows title="Ways to others" rows={entities(told["routes"])} none="No other router has a receiver." />
          <Rows title="Senders at this router" rows={entities(told["producers"])} none="None is here." />
          <p class="note">
            The whole way, router by router: <code>weft why {shellWord(name)}</code>
            {" · "}<a href={linkTo("links", "", { match: name })}>Its links</a>
          </p>
        </>
      )}
    </>
  );
}

const MEANINGS: Record<string, [flows: boolean, words: string]> = {
  consumer: [true, "It goes to a receiver at this router"],
  route: [true, "It goes to another router"],
  everyone: [true, "It goes to all receivers"],
  wait: [false, "It waits: receivers are there, but none has credit. One of them is slow, or hangs"],
  nobody: [false, "It is not taken: nobody receives from this address. Start a receiver, or correct its address"],
  "no-path": [false, "It is not taken: its receivers are at routers that can't be reached now"],
  unavailable: [false, "It is refused: the rule of this address says that it is not to be used"],
};

/** What would become of a message that is sent here now. */
function Verdict({ told }: { told: Entity }) {
  const decision = told["decision"] as Entity | null;
  const kind = text(decision?.["kind"]);
  const [flows, words] = MEANINGS[kind] ?? [false, kind];
  const others = Object.entries(decision ?? {}).filter(([name, value]) => name !== "kind" && value !== null);
  return (
    <p class="verdict" role="status">
      <Mark bad={!flows}>{flows ? "flows" : "does not flow"}</Mark> {words}
      {others.length > 0 && `: ${others.map(([name, value]) => `${name} ${text(value)}`).join(", ")}`}.
    </p>
  );
}

function Rows({ title, rows, none }: { title: string; rows: Entity[]; none: string }) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {rows.length === 0 && <p class="empty">{none}</p>}
      {rows.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={`Table of ${title.toLowerCase()}`}>
          <table>
            <thead><tr>{names.map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
            <tbody>
              {rows.map((row, i) => (
                <tr key={i}>{names.map((name) => <td key={name}>{cell(name, row[name])}</td>)}</tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const cell = (name: string, value: Json | undefined) =>
  name.endsWith("Seconds") ? duration(value) : value === undefined ? "" : text(value);
