// Ways through the mesh, as its routers choose them: the cheapest, of equal ones that of the least names.
import type { Entity } from "./api";
import { text } from "./format";

/** What each router says of its links: the routers that they lead to, and their costs. */
export type Mesh = Map<string, Map<string, number>>;

export interface Way {
  cost: number;
  routers: string[]; // from the first to the last one, both included
}

/** Of entities of the type router.node; those that are not reached are left out. */
export function meshOf(nodes: readonly Entity[]): Mesh {
  const reached = new Set(nodes.filter((node) => node["reachable"] !== false).map((node) => text(node["id"])));
  const mesh: Mesh = new Map([...reached].map((id) => [id, new Map<string, number>()]));
  for (const node of nodes) {
    const id = text(node["id"]);
    const peers = Array.isArray(node["linkState"]) ? node["linkState"].map(text) : [];
    const costs = Array.isArray(node["linkCosts"]) ? node["linkCosts"] : [];
    peers.forEach((peer, i) => {
      if (!reached.has(id) || !reached.has(peer)) return;
      const cost = typeof costs[i] === "number" ? costs[i] : 1;
      mesh.get(id)?.set(peer, cost);
    });
  }
  return mesh;
}

export function without(mesh: Mesh, failed: string): Mesh {
  return new Map([...mesh].filter(([id]) => id !== failed)
    .map(([id, peers]) => [id, new Map([...peers].filter(([peer]) => peer !== failed))]));
}

const isBefore = (a: Way, b: Way): boolean =>
  a.cost !== b.cost ? a.cost < b.cost : a.routers.join("\n") < b.routers.join("\n");

/** To every router that can be reached, by its name; itself included. */
export function waysFrom(mesh: Mesh, from: string): Map<string, Way> {
  const ways = new Map<string, Way>();
  const open = new Map<string, Way>([[from, { cost: 0, routers: [from] }]]);
  while (open.size > 0) {
    const [id, way] = [...open].reduce((least, each) => (isBefore(each[1], least[1]) ? each : least));
    open.delete(id);
    ways.set(id, way);
    for (const [peer, cost] of mesh.get(id) ?? []) {
      if (ways.has(peer)) continue;
      const next = { cost: way.cost + cost, routers: [...way.routers, peer] };
      const known = open.get(peer);
      if (!known || isBefore(next, known)) open.set(peer, next);
    }
  }
  return ways;
}

/** To those of `goals` that are reached. */
export function waysTo(mesh: Mesh, from: string, goals: readonly string[]): Way[] {
  const ways = waysFrom(mesh, from);
  return goals.flatMap((goal) => ways.get(goal) ?? []);
}

export interface Loss {
  cut: string[]; // routers that are reached no more, beside the one that failed
  longer: { router: string; before: number; after: number }[]; // whose way costs more
}

/** What becomes of the ways from one router if another one fails. */
export function lossOf(mesh: Mesh, from: string, failed: string): Loss {
  const before = waysFrom(mesh, from);
  const after = waysFrom(without(mesh, failed), from);
  const cut: string[] = [];
  const longer: Loss["longer"] = [];
  for (const [router, way] of before) {
    const now = after.get(router);
    if (router === failed) continue;
    if (!now) cut.push(router);
    else if (now.cost > way.cost) longer.push({ router, before: way.cost, after: now.cost });
  }
  return { cut: cut.sort(), longer: longer.sort((a, b) => (a.router < b.router ? -1 : 1)) };
}

export interface Lost {
  key: string;
  routers: string[]; // with receivers that are not reached any more
  left: number; // places that still receive: routers, and receivers here
}

/** The addresses that lose receivers if those routers are not reached, those that lose all first. */
export function addressesLost(addresses: readonly Entity[], gone: ReadonlySet<string>): Lost[] {
  const lost = addresses.flatMap((row): Lost[] => {
    const hosts = Array.isArray(row["remoteHostRouters"]) ? row["remoteHostRouters"].map(text) : [];
    const routers = hosts.filter((router) => gone.has(router));
    const here = typeof row["subscriberCount"] === "number" ? row["subscriberCount"] : 0;
    return routers.length === 0 ? [] : [{ key: text(row["key"]), routers, left: here + hosts.length - routers.length }];
  });
  return lost.sort((a, b) => Number(a.left > 0) - Number(b.left > 0) || (a.key < b.key ? -1 : 1));
}
