import { operate, type Entity, type Json } from "../api";
import { Chart, type Line } from "../chart";
import { count, duration, number, rate, shellWord, text } from "../format";
import { useList, useLive } from "../live";
import { MeshPicture, useMesh } from "../mesh";
import { useNode } from "../node";
import { Fact, Failure, Mark } from "../parts";
import { meshOf, waysTo } from "../paths";
import { linkTo, type Route } from "../route";
import { EntityTable } from "../table";
import { trendOf } from "../trend";
import { entities, entity, judge, names } from "../verdict";
import { LINK_ATTRIBUTES, linkColumns } from "./links";

export function Address({ route }: { route: Route }) {
  const name = route.rest;
  const live = useLive(name, async () => (await operate("router", "EXPLAIN", { address: name })) as Entity);
  const told = live.data;
  const key = typeof told?.["key"] === "string" ? told["key"] : `M0${name}`;
  return (
    <>
      {live.error && <Failure error={live.error} again={live.again} />}
      {told && (
        <>
          <VerdictOf name={name} told={told} />
          <dl class="facts">
            <Fact title="Rule">{text(told["rule"] ?? told["pattern"])}</Fact>
            <Fact title="Distribution">{text(told["distribution"])}</Fact>
            <Fact title="Waits here">{count(told["waiting"])}</Fact>
            <Fact title="Senders here">{count(told["producerCount"])}</Fact>
            <Fact title="Senders that may send no more now">{count(told["producersAtCapacity"])}</Fact>
          </dl>
          <Traffic address={key} />
          <Rows title="Receivers at this router" rows={entities(told["consumers"])} none="None is here." />
          <Rows title="Senders at this router" rows={entities(told["producers"])} none="None is here." />
          <Kept storage={entity(told["storage"])} />
          <Ways name={name} address={key} told={told} />
          <h2>Its links at this router</h2>
          <EntityTable route={route} type="router.link" caption="Links of the address" attributes={LINK_ATTRIBUTES}
            columns={linkColumns().filter((column) => column.name !== "owningAddr")} sort="linkDir"
            where={[`owningAddr=${key}`]} empty={<>No link to it is here.</>} />
          <p class="note">
            The whole way, router by router: <code>weft why {shellWord(name)}</code>
            {" · "}<a href={linkTo("rules", "", { match: text(told["pattern"] ?? name) })}>Its rule</a>
          </p>
        </>
      )}
    </>
  );
}

/** What would become of a message that is sent here now. */
function VerdictOf({ name, told }: { name: string; told: Entity }) {
  const { flows, words, remedy } = judge(name, told);
  return (
    <p class="verdict" role="status">
      <Mark bad={!flows}>{flows ? "flows" : "does not flow"}</Mark> {words} {remedy}
    </p>
  );
}

const LINES: readonly Line[] = [
  { title: "in", colour: "--accent" }, { title: "out", colour: "--second" }, { title: "through", colour: "--third" },
];

/** `address`: its key. */
function useRow(address: string) {
  const rows = useList("router.address", {
    attributes: ["identity", "key", "deliveriesIngress", "deliveriesEgress", "deliveriesTransit", "remoteHostRouters"],
    where: [`key=${address}`], count: 50,
  });
  return { row: rows.data?.rows.find((each) => each["key"] === address), at: rows.data?.at ?? 0 };
}

function Traffic({ address }: { address: string }) {
  const { row, at } = useRow(address);
  const trend = trendOf(`address ${address}`, LINES.length);
  if (row) trend.addCounted(at, ["Ingress", "Egress", "Transit"].map((each) => number(row, `deliveries${each}`)));
  return <Chart title="Messages a second at this router" lines={LINES} points={trend.points} shown={rate} />;
}

/** The brokers that keep its messages: each has a share, if there are several. */
function Kept({ storage }: { storage: Entity }) {
  const brokers = entities(storage["brokers"]);
  if (brokers.length === 0) return null;
  const rows = brokers.map((broker) => ({
    broker: text(broker["broker"]),
    "connected to": names(broker["routers"]).join(", ") || "no router",
    links: entities(broker["links"])
      .map((link) => `${text(link["direction"])}: ${text(link["operStatus"])}`).join(", "),
  }));
  return (
    <Rows rows={rows} none=""
      title={brokers.length === 1 ? `A ${text(storage["type"])}, kept by` : `A ${text(storage["type"])}, shared by`} />
  );
}

function Ways({ name, address, told }: { name: string; address: string; told: Entity }) {
  const node = useNode();
  const mesh = useMesh();
  const { row } = useRow(address);
  const goals = names(row?.["remoteHostRouters"]);
  const ways = mesh.data ? waysTo(meshOf(mesh.data.nodes), node.id, goals) : [];
  return (
    <>
      <Rows title="Ways to others" rows={entities(told["routes"])} none="No other router has a receiver." />
      {mesh.data && ways.length > 0 && (
        <>
          <ul>{ways.map(({ routers, cost }) => <li key={routers.join()}>{routers.join(" → ")}, cost {cost}</li>)}</ul>
          <MeshPicture nodes={mesh.data.nodes} self={node.id} ways={ways} goals={new Set(goals)} />
          <p class="note"><a href={linkTo("map", "", { flow: name })}>The same on the map</a></p>
        </>
      )}
    </>
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
