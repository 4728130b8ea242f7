import { useMemo } from "preact/hooks";
import type { Entity } from "../api";
import { Chart, type Line } from "../chart";
import { bytes, count, duration, number, rate, text } from "../format";
import { LIST_MAX, Rates, useList, useLive } from "../live";
import { askHealth, useNode, type Kind } from "../node";
import { Fact, Failure, Mark } from "../parts";
import { linkTo, type Route } from "../route";
import { trendOf } from "../trend";

const TRAFFIC: readonly Line[] = [
  { title: "in", colour: "--accent" }, { title: "out", colour: "--second" }, { title: "through", colour: "--third" },
];

const OF: Record<Kind, string> = { router: "router", broker: "broker", gateway: "logStats", node: "logStats" };

export function Overview(_: { route: Route }) {
  const node = useNode();
  const health = useLive("health", askHealth);
  const self = useList(OF[node.kind], { count: 1 });
  const rates = useMemo(() => new Rates(), []);
  const own = self.data?.rows[0];
  return (
    <>
      {self.error && <Failure error={self.error} again={self.again} />}
      {health.data && health.data.problems.length > 0 && (
        <section class="failure" aria-label="Problems">
          <h2>What does not work as it should</h2>
          <ul>{health.data.problems.map((problem) => <li key={problem}>{problem}</li>)}</ul>
        </section>
      )}
      <dl class="facts">
        <Fact title="Health" bad={health.data?.status === "degraded"}>{health.data?.status ?? "…"}</Fact>
        <Fact title="Runs for">{duration(own?.["uptimeSeconds"] ?? health.data?.uptimeSeconds ?? null)}</Fact>
        {own && node.kind === "router" && <OfRouter own={own} rates={rates} now={self.data?.at ?? 0} />}
        {own && node.kind === "broker" && <OfBroker own={own} />}
        {node.kind === "gateway" && <OfGateway />}
      </dl>
      {own && node.kind === "router" && <Traffic own={own} at={self.data?.at ?? 0} />}
      {own && node.kind === "broker" && <Stored own={own} at={self.data?.at ?? 0} />}
      {node.kind === "router" && <Nodes />}
      {node.kind === "broker" && <Store />}
    </>
  );
}

function OfRouter({ own, rates, now }: { own: Entity; rates: Rates; now: number }) {
  const blocked = number(own, "linksBlocked");
  const stuck = number(own, "deliveriesStuck");
  return (
    <>
      <Fact title="In, a second">{rate(rates.of("Ingress", number(own, "deliveriesIngress"), now))}</Fact>
      <Fact title="Out, a second">{rate(rates.of("Egress", number(own, "deliveriesEgress"), now))}</Fact>
      <Fact title="Accepted">{count(own["acceptedDeliveries"])}</Fact>
      <Fact title="Released">{count(own["releasedDeliveries"])}</Fact>
      <Fact title="Rejected">{count(own["rejectedDeliveries"])}</Fact>
      <Fact title="Late, 1 s and 10 s">
        {count(own["deliveriesDelayed1Sec"])} / {count(own["deliveriesDelayed10Sec"])}
      </Fact>
      <Fact title="Stuck now" bad={stuck > 0}>{count(stuck)}</Fact>
      <Fact title="Links blocked" bad={blocked > 0}>
        <a href={linkTo("links", "", { sort: "-zeroCreditSeconds" })}>{count(blocked)}</a>
      </Fact>
      <Fact title="Addresses"><a href={linkTo("addresses")}>{count(own["addrCount"])}</a></Fact>
      <Fact title="Connections"><a href={linkTo("connections")}>{count(own["connectionCount"])}</a></Fact>
      <Fact title="Links"><a href={linkTo("links")}>{count(own["linkCount"])}</a></Fact>
      <Fact title="Memory">{bytes(own["memoryUsage"])}</Fact>
      <Fact title="Version">{text(own["version"])}</Fact>
    </>
  );
}

function Traffic({ own, at }: { own: Entity; at: number }) {
  const trend = trendOf("router", TRAFFIC.length);
  trend.addCounted(at, ["Ingress", "Egress", "Transit"].map((name) => number(own, `deliveries${name}`)));
  return <Chart title="Messages a second" lines={TRAFFIC} points={trend.points} shown={rate} />;
}

const STORED: readonly Line[] = [
  { title: "stored", colour: "--accent" }, { title: "at consumers", colour: "--second" },
];

function Stored({ own, at }: { own: Entity; at: number }) {
  const trend = trendOf("broker", STORED.length);
  trend.add(at, [number(own, "messages"), number(own, "unsettled")]);
  return <Chart title="Messages of all queues" lines={STORED} points={trend.points} shown={(value) => count(value)} />;
}

function OfBroker({ own }: { own: Entity }) {
  return (
    <>
      <Fact title="Role">{text(own["role"])}</Fact>
      <Fact title="Queues"><a href={linkTo("queues")}>{count(own["queues"])}</a></Fact>
      <Fact title="Messages">{count(own["messages"])}</Fact>
      <Fact title="Stored">{bytes(own["bytes"])}</Fact>
      <Fact title="At consumers">{count(own["unsettled"])}</Fact>
      <Fact title="Refused" bad={number(own, "refused") > 0}>{count(own["refused"])}</Fact>
      <Fact title="Drain">{text(own["drain"])}</Fact>
      <Fact title="Version">{text(own["version"])}</Fact>
    </>
  );
}

/** The first of the sessions that are meant, in that order, and how many there are. */
const useSessions = (where: readonly string[], sort: string) =>
  useList("mqttSession", {
    attributes: ["identity", "clientId", "connected", "queuedMessages"], where, sort, count: 1,
  }).data;

function OfGateway() {
  const there = useSessions(["connected=true"], "clientId");
  const all = useSessions([], "-queuedMessages");
  const most = all?.rows[0];
  return (
    <>
      <Fact title="Devices there"><a href={linkTo("devices")}>{count(there?.total)}</a></Fact>
      <Fact title="Sessions"><a href={linkTo("devices", "sessions")}>{count(all?.total)}</a></Fact>
      <Fact title="Messages kept for one device, at most">
        {most ? `${count(most["queuedMessages"])}: ${text(most["clientId"])}` : "none"}
      </Fact>
    </>
  );
}

function Nodes() {
  const nodes = useList("router.node", { count: LIST_MAX });
  if (nodes.data?.rows.length === 0) return null; // a router alone
  return (
    <section aria-label="Routers">
      <h2>Routers of the mesh</h2>
      {nodes.error && <Failure error={nodes.error} again={nodes.again} />}
      <div class="scroll" tabIndex={0} role="region" aria-label="Table of routers">
        <table>
          <thead>
            <tr><th scope="col">Router</th><th scope="col">Reached</th><th scope="col">Next hop</th>
              <th scope="col" class="number">Cost</th><th scope="col">Neighbours</th>
              <th scope="col" class="number">Addresses</th></tr>
          </thead>
          <tbody>
            {nodes.data?.rows.map((row) => (
              <tr key={text(row["id"])}>
                <td>{text(row["id"])}</td>
                <td><Mark bad={row["reachable"] === false}>{row["reachable"] === false ? "lost" : "yes"}</Mark></td>
                <td>{row["nextHop"] === null ? "direct" : text(row["nextHop"])}</td>
                <td class="number">{count(row["cost"])}</td>
                <td>{Array.isArray(row["linkState"]) ? row["linkState"].map(text).join(", ") : ""}</td>
                <td class="number">{count(row["addresses"])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Store() {
  const store = useList("store", { count: 1 });
  const row = store.data?.rows[0];
  if (!row) return null;
  return (
    <section aria-label="Store">
      <h2>Store</h2>
      <dl class="facts">
        <Fact title="State" bad={row["state"] !== "open"}>{text(row["state"])}</Fact>
        <Fact title="File">{bytes(row["fileBytes"])}</Fact>
        <Fact title="Disk that is free">{bytes(row["freeBytes"])}</Fact>
        <Fact title="Waits to be written">{bytes(row["waitingBytes"])}</Fact>
        <Fact title="Path">{text(row["path"])}</Fact>
      </dl>
    </section>
  );
}
