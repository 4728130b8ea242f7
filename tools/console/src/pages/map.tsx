import { useMemo } from "preact/hooks";
import { list, type Entity } from "../api";
import { count, rate, text, number } from "../format";
import { layOut, type Edge } from "../layout";
import { Rates, useLive } from "../live";
import { useNode } from "../node";
import { Failure, Mark } from "../parts";
import { linkTo, type Route } from "../route";

const [WIDTH, HEIGHT, MARGIN] = [900, 520, 70];

interface Seen {
  nodes: Entity[];
  links: Entity[]; // of this router to its neighbours
  containers: Entity[]; // connections of brokers and other containers
  now: number;
}

async function look(): Promise<Seen> {
  const [nodes, links, connections] = await Promise.all([
    list("router.node"),
    list("router.link", {
      attributes: ["connectionId", "linkType", "linkDir", "deliveryCount", "creditAvailable", "unsettledCount"],
      where: ["linkType=inter-router"],
    }),
    list("connection", { attributes: ["identity", "container", "role", "host"], where: ["role!=normal"] }),
  ]);
  const containers = connections.rows;
  return { nodes: nodes.rows, links: links.rows, containers, now: performance.now() };
}

function edgesOf(nodes: Entity[]): Edge[] {
  const edges = new Map<string, Edge>();
  for (const node of nodes) {
    const a = text(node["id"]);
    for (const other of Array.isArray(node["linkState"]) ? node["linkState"].map(text) : []) {
      const pair = a < other ? { a, b: other } : { a: other, b: a };
      edges.set(`${pair.a} ${pair.b}`, pair);
    }
  }
  return [...edges.values()];
}

export function MeshMap({ route: _ }: { route: Route }) {
  const node = useNode();
  const live = useLive("map", look);
  const rates = useMemo(() => new Rates(), []);
  const seen = live.data;
  const edges = edgesOf(seen?.nodes ?? []);
  const names = (seen?.nodes ?? []).map((each) => text(each["id"]));
  const shape = JSON.stringify([names, edges]);
  const places = useMemo(() => layOut(names, edges), [shape]);
  const at = (name: string) => {
    const place = places.get(name) ?? { x: 0.5, y: 0.5 };
    return { x: MARGIN + place.x * (WIDTH - 2 * MARGIN), y: MARGIN + place.y * (HEIGHT - 2 * MARGIN) };
  };
  return (
    <>
      {live.error && <Failure error={live.error} again={live.again} />}
      {seen && names.length < 2 && (
        <p class="empty">This router is alone: a connector of the role inter-router joins it to others.</p>
      )}
      {seen && names.length > 0 && (
        <svg class="map" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img"
          aria-label={`The mesh: ${names.length} routers, ${edges.length} links; the table below says the same`}>
          {edges.map(({ a, b }) => {
            const [from, to] = [at(a), at(b)];
            return <line key={`${a} ${b}`} x1={from.x} y1={from.y} x2={to.x} y2={to.y} />;
          })}
          {seen.nodes.map((each) => {
            const name = text(each["id"]);
            const { x, y } = at(name);
            const kind = each["reachable"] === false ? "lost" : name === node.id ? "self" : "";
            return (
              <g key={name} class={kind}>
                <circle cx={x} cy={y} r="16"><title>{about(each)}</title></circle>
                <text x={x} y={y < HEIGHT / 2 ? y - 24 : y + 34} text-anchor="middle">{name}</text>
              </g>
            );
          })}
        </svg>
      )}
      {seen && <Neighbours seen={seen} rates={rates} />}
    </>
  );
}

const about = (each: Entity): string =>
  each["nextHop"] === "(self)" ? "this router" : `cost ${count(each["cost"])}, ${count(each["addresses"])} addresses`;

function Neighbours({ seen, rates }: { seen: Seen; rates: Rates }) {
  const nodes = new Map(seen.nodes.map((each) => [text(each["id"]), each]));
  return (
    <section aria-label="Connections of this router to others">
      <h2>Connections of this router to routers and containers</h2>
      {seen.containers.length === 0 && <p class="empty">It has none.</p>}
      {seen.containers.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Table of neighbours">
          <table>
            <thead>
              <tr>
                <th scope="col">Peer</th><th scope="col">Role</th><th scope="col">Reached</th>
                <th scope="col" class="number">Cost</th><th scope="col" class="number">To it/s</th>
                <th scope="col" class="number">From it/s</th><th scope="col" class="number">Unsettled</th>
              </tr>
            </thead>
            <tbody>
              {seen.containers.map((each) => {
                const id = text(each["identity"]);
                const links = seen.links.filter((link) => link["connectionId"] === id);
                const sum = (name: string, dir?: string) => links
                  .filter((link) => dir === undefined || link["linkDir"] === dir)
                  .reduce((total, link) => total + number(link, name), 0);
                const peer = nodes.get(text(each["container"]));
                const speed = (dir: string) =>
                  links.length === 0 ? "–" : rate(rates.of(`${id} ${dir}`, sum("deliveryCount", dir), seen.now));
                return (
                  <tr key={id}>
                    <td><a href={linkTo("links", "", { connection: id })}>{text(each["container"])}</a></td>
                    <td>{text(each["role"])}</td>
                    <td>{peer?.["reachable"] === false ? <Mark bad>lost</Mark> : "yes"}</td>
                    <td class="number">{count(peer?.["cost"])}</td>
                    <td class="number">{speed("out")}</td>
                    <td class="number">{speed("in")}</td>
                    <td class="number">{count(sum("unsettledCount"))}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
