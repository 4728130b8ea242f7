// The picture of a mesh, and what is known of it.
import { useMemo } from "preact/hooks";
import type { Entity } from "./api";
import { count, text } from "./format";
import { layOut, type Edge } from "./layout";
import { LIST_MAX, useList, type Live } from "./live";
import type { Way } from "./paths";
import { linkTo } from "./route";

const [WIDTH, HEIGHT, MARGIN] = [900, 520, 70];

export interface Seen {
  nodes: Entity[];
  links: Entity[]; // of this router to its neighbours
  containers: Entity[]; // connections of brokers and other containers
  at: number; // when the links were told
}

/** What is told of the mesh; nothing until all of it was. */
export function useMesh(): Live<Seen> {
  const nodes = useList("router.node", { count: LIST_MAX });
  const links = useList("router.link", {
    attributes: ["identity", "connectionId", "linkType", "linkDir", "deliveryCount", "unsettledCount"],
    where: ["linkType=inter-router"], count: LIST_MAX,
  });
  const peers = useList("connection", {
    attributes: ["identity", "container", "role", "host"], where: ["role!=normal"], count: LIST_MAX,
  });
  const data = nodes.data && links.data && peers.data
    ? { nodes: nodes.data.rows, links: links.data.rows, containers: peers.data.rows, at: links.data.at }
    : undefined;
  return { data, error: nodes.error ?? links.error ?? peers.error, again: nodes.again };
}

function edgesOf(nodes: readonly Entity[]): (Edge & { cost: number | undefined })[] {
  const edges = new Map<string, Edge & { cost: number | undefined }>();
  for (const node of nodes) {
    const id = text(node["id"]);
    const costs = Array.isArray(node["linkCosts"]) ? node["linkCosts"] : [];
    const peers = Array.isArray(node["linkState"]) ? node["linkState"].map(text) : [];
    peers.forEach((peer, i) => {
      const pair = id < peer ? { a: id, b: peer } : { a: peer, b: id };
      const cost = typeof costs[i] === "number" ? costs[i] : undefined;
      edges.set(JSON.stringify(pair), { ...pair, cost });
    });
  }
  return [...edges.values()];
}

const LEAVES_SHOWN = 30;

/** What hangs on this router besides: brokers and other containers, edge routers, once each. */
export function leavesOf({ nodes, containers }: Seen): string[] {
  const routers = new Set(nodes.map((each) => text(each["id"])));
  const names = containers.filter((each) => each["role"] !== "inter-router").map((each) => text(each["container"]));
  return [...new Set(names)].filter((name) => name && !routers.has(name)).sort().slice(0, LEAVES_SHOWN);
}

interface PictureOf {
  nodes: readonly Entity[];
  self: string;
  leaves?: readonly string[]; // containers that are connected to `self`
  ways?: readonly Way[]; // along which messages flow
  goals?: ReadonlySet<string>; // routers that they go to
  failed?: string; // a router that is taken as if it had failed
  cut?: ReadonlySet<string>; // and those that are reached no more then
}

export function MeshPicture({ nodes, self, leaves = [], ways, goals, failed, cut }: PictureOf) {
  const edges = edgesOf(nodes);
  const names = nodes.map((each) => text(each["id"]));
  const ties = leaves.map((leaf) => ({ a: self, b: leaf }));
  const places = useMemo(() => layOut([...names, ...leaves], [...edges, ...ties]),
    [JSON.stringify([names, edges, leaves])]);
  const at = (name: string) => {
    const place = places.get(name) ?? { x: 0.5, y: 0.5 };
    return { x: MARGIN + place.x * (WIDTH - 2 * MARGIN), y: MARGIN + place.y * (HEIGHT - 2 * MARGIN) };
  };
  const hops = new Set((ways ?? []).flatMap(({ routers }) =>
    routers.slice(1).map((to, i) => JSON.stringify([routers[i], to]))));
  const kind = (name: string, reached: boolean) => {
    if (name === failed) return "failed";
    if (!reached || cut?.has(name)) return "lost";
    return `${name === self ? "self" : ""} ${goals?.has(name) ? "goal" : ""}`.trim();
  };
  return (
    <svg class="map" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group"
      aria-label={`The mesh: ${names.length} routers, ${edges.length} links`}>
      {edges.map(({ a, b, cost }) => {
        const [from, to] = [at(a), at(b)];
        const dead = a === failed || b === failed ? "dead" : "";
        return (
          <g key={`${a} ${b}`} class="edge">
            <line class={dead} x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
            {cost !== undefined && cost !== 1 && (
              <text class="cost" x={(from.x + to.x) / 2} y={(from.y + to.y) / 2 - 6} text-anchor="middle">{cost}</text>
            )}
          </g>
        );
      })}
      {leaves.map((leaf) => {
        const [from, { x, y }] = [at(self), at(leaf)];
        return (
          <g key={leaf} class="leaf">
            <path d={`M${from.x} ${from.y}L${x} ${y}`} />
            <rect x={x - 11} y={y - 11} width="22" height="22" rx="3"><title>connected to {self}</title></rect>
            <text x={x} y={y < HEIGHT / 2 ? y - 18 : y + 28} text-anchor="middle">{leaf}</text>
          </g>
        );
      })}
      {[...hops].map((hop) => {
        const [a = "", b = ""] = JSON.parse(hop) as string[];
        const [from, to] = [at(a), at(b)];
        return <path key={hop} class="flow" d={`M${from.x} ${from.y}L${to.x} ${to.y}`} />;
      })}
      {nodes.map((each) => {
        const name = text(each["id"]);
        const { x, y } = at(name);
        return (
          <a key={name} href={linkTo("map", "", name === self || name === failed ? {} : { fails: name })}
            aria-label={`Router ${name}: ${about(each)}`}>
            <g class={kind(name, each["reachable"] !== false)}>
              <circle cx={x} cy={y} r="16"><title>{about(each)}</title></circle>
              <text x={x} y={y < HEIGHT / 2 ? y - 24 : y + 34} text-anchor="middle">{name}</text>
            </g>
          </a>
        );
      })}
    </svg>
  );
}

function about(each: Entity): string {
  if (each["nextHop"] === "(self)") return "this router";
  if (each["reachable"] === false) return "it is not reached";
  return `cost ${count(each["cost"])}, ${count(each["addresses"])} addresses`;
}
