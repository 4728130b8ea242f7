import { useState } from "preact/hooks";
import { operate, read, type Entity } from "../api";
import { bodyText, fromHex, readMessage, shown, type BodyForm } from "../amqp";
import { Chart, type Line } from "../chart";
import { bytes, count, number, text } from "../format";
import { useLive } from "../live";
import { useChange } from "../change";
import { Ago, Fact, Failure } from "../parts";
import { can, useNode } from "../node";
import { QueueActions } from "./queueactions";
import { change, linkTo, type Route } from "../route";
import { trendOf } from "../trend";

const PEEKED = 20; // messages of one page

interface Peeked {
  messages: Entity[];
  next: number | null;
}

const NOT_SHOWN: Peeked = { messages: [], next: null };

async function peek(name: string, from: number): Promise<Peeked> {
  const told = (await operate("queue", "PEEK", { name, from, count: PEEKED })) as Entity;
  const next = told["next"];
  return {
    messages: Array.isArray(told["messages"]) ? (told["messages"] as Entity[]) : [],
    next: typeof next === "number" ? next : null,
  };
}

export function Queue({ route }: { route: Route }) {
  const name = route.rest;
  const from = Math.max(1, Number(route.query.get("from") ?? 1) || 1);
  const queue = useLive(name, async () => ({ row: await read("queue", name), at: performance.now() }));
  const node = useNode();
  const looks = can(node, "queue", "PEEK");
  const page = useLive(`${name} ${from}`, async () => (looks ? peek(name, from) : NOT_SHOWN), looks ? 10 : 0);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const again = () => {
    setChosen(new Set());
    queue.again();
    page.again();
  };
  const [dialog, propose] = useChange(again);
  const changes = can(node, "queue", "PURGE");
  const choose = (id: number, on: boolean) => {
    const ids = new Set(chosen);
    if (on) ids.add(id);
    else ids.delete(id);
    setChosen(ids);
  };
  return (
    <>
      {dialog}
      {queue.error && <Failure error={queue.error} again={queue.again} />}
      {queue.data && <Facts queue={queue.data.row} />}
      {queue.data && <Depth queue={queue.data.row} at={queue.data.at} />}
      <h2>Messages, the oldest first</h2>
      {changes && queue.data && <QueueActions queue={queue.data.row} chosen={[...chosen]} propose={propose} />}
      {page.error && <Failure error={page.error} again={page.again} />}
      {page.data?.messages.map((message) => (
        <Message key={text(message["id"])} message={message}
          choose={changes ? (on) => choose(number(message, "id"), on) : undefined}
          chosen={chosen.has(number(message, "id"))} />
      ))}
      {!looks && <p class="empty">What messages say is shown to operators.</p>}
      {looks && page.data?.messages.length === 0 && (
        <p class="empty">{from === 1 ? "The queue is empty." : `No message has a number from ${from} on.`}</p>
      )}
      <div class="tools">
        <button type="button" disabled={from === 1} onClick={() => change(route, { from: "" })}>To the oldest</button>
        <button type="button" disabled={!page.data?.next}
          onClick={() => change(route, { from: String(page.data?.next ?? "") })}>Younger ones</button>
      </div>
    </>
  );
}

const LINES: readonly Line[] = [
  { title: "waiting", colour: "--accent" }, { title: "at consumers", colour: "--second" },
];

function Depth({ queue, at }: { queue: Entity; at: number }) {
  const trend = trendOf(`queue ${text(queue["name"])}`, LINES.length);
  trend.add(at, ["messages", "unsettled"].map((name) => number(queue, name)));
  return <Chart title="Messages" lines={LINES} points={trend.points} shown={(value) => count(value)} />;
}

function Facts({ queue }: { queue: Entity }) {
  const dead = ["Rejected", "Failed", "Expired", "Undeliverable", "Damaged"];
  const died = dead.filter((reason) => number(queue, `dead${reason}`) > 0);
  const letters = queue["deadLetter"];
  return (
    <dl class="facts">
      <Fact title="Messages">{count(queue["messages"])}</Fact>
      <Fact title="Stored">{bytes(queue["bytes"])}</Fact>
      <Fact title="At consumers">{count(queue["unsettled"])}</Fact>
      <Fact title="Consumers">{count(queue["consumers"])}</Fact>
      <Fact title="Producers">{count(queue["producers"])}</Fact>
      <Fact title="Producers blocked" bad={number(queue, "blockedProducers") > 0}>
        {count(queue["blockedProducers"])}
      </Fact>
      <Fact title="At most" bad={queue["full"] === true}>
        {number(queue, "maxMessages") > 0 ? count(queue["maxMessages"]) : "any number"}
      </Fact>
      <Fact title="Died here" bad={died.length > 0}>
        {died.map((reason) => `${count(queue[`dead${reason}`])} ${reason.toLowerCase()}`).join(", ") || "none"}
      </Fact>
      {typeof letters === "string" && letters && letters !== queue["name"] && (
        <Fact title="Dead letters go to"><a href={linkTo("queue", letters)}>{letters}</a></Fact>
      )}
    </dl>
  );
}

interface MessageOf {
  message: Entity;
  chosen: boolean;
  choose: ((on: boolean) => void) | undefined;
}

function Message({ message, chosen, choose }: MessageOf) {
  const [form, setForm] = useState<BodyForm>("text");
  const id = text(message["id"]);
  const hex = message["message"];
  const failures = number(message, "failures");
  const known = typeof hex === "string" ? readMessage(fromHex(hex)) : undefined;
  return (
    <div class="message">
    {choose && (
      <input type="checkbox" checked={chosen} aria-label={`Choose message ${id}`}
        onChange={(event) => choose(event.currentTarget.checked)} />
    )}
    <details class="entity">
      <summary>
        <b>{id}</b> · {bytes(message["bytes"])}
        {typeof message["arrived"] === "number" && <> · <Ago at={message["arrived"]} /></>}
        {failures > 0 && <> · {failures} deliveries failed</>}
        {known && <span class="glimpse">{bodyText(known, "text").slice(0, 120)}</span>}
      </summary>
      {known ? (
        <>
          {known.damaged && <p class="failure">Not all of it could be read: {known.damaged}.</p>}
          {known.sections.map(([title, fields]) => (
            <section key={title}>
              <h3>{title}</h3>
              <dl class="settings">
                {fields.map(([field, value]) => <div key={field}><dt>{field}</dt><dd>{shown(value)}</dd></div>)}
              </dl>
            </section>
          ))}
          <h3>Body{known.bodyKind && `: ${known.bodyKind}`}</h3>
          <label>
            As{" "}
            <select value={form} onChange={(event) => setForm(event.currentTarget.value as BodyForm)}>
              <option value="text">text</option>
              <option value="json">JSON</option>
              <option value="hex">hex</option>
            </select>
          </label>
          <pre>{bodyText(known, form)}</pre>
        </>
      ) : (
        <p class="note">It is too large to be shown here: receive it, or weft queue peek shows that it is there.</p>
      )}
    </details>
    </div>
  );
}
