// Where the routers of a map stand: pushed apart by each other, drawn together by their links. The same mesh has
// the same map: nothing here is by chance.

export interface Point {
  x: number;
  y: number;
}

export interface Edge {
  a: string;
  b: string;
}

const ROUNDS = 300;
const NODES_FULL = 150; // beyond, fewer rounds: each costs the square of the nodes

/** Points between 0 and 1, by name. */
export function layOut(names: readonly string[], edges: readonly Edge[]): Map<string, Point> {
  const order = [...names].sort();
  const at = order.map((_, i): Point => {
    const angle = (2 * Math.PI * i) / Math.max(order.length, 1);
    return { x: 0.5 + 0.4 * Math.sin(angle), y: 0.5 - 0.4 * Math.cos(angle) };
  });
  const index = new Map(order.map((name, i) => [name, i]));
  const pairs = edges.flatMap(({ a, b }) => {
    const [i, j] = [index.get(a), index.get(b)];
    return i === undefined || j === undefined ? [] : [[i, j] as const];
  });
  const rounds = Math.ceil(ROUNDS * Math.min(1, (NODES_FULL / Math.max(order.length, 1)) ** 2));
  if (order.length > 2) for (let n = 0; n < rounds; ++n) pushAll(at, pairs, 0.05 * (1 - n / rounds));
  return new Map(order.map((name, i) => [name, fitted(at, i)]));
}

function pushAll(at: Point[], pairs: (readonly [number, number])[], most: number): void {
  const ideal = 0.7 / Math.sqrt(at.length);
  const by = at.map(() => ({ x: 0, y: 0 }));
  const push = (i: number, j: number, force: (distance: number) => number) => {
    const [a, b, pa, pb] = [at[i], at[j], by[i], by[j]];
    if (!a || !b || !pa || !pb) return;
    const [dx, dy] = [a.x - b.x, a.y - b.y];
    const distance = Math.max(Math.hypot(dx, dy), 0.001);
    const f = force(distance) / distance;
    pa.x += dx * f; pa.y += dy * f; pb.x -= dx * f; pb.y -= dy * f;
  };
  for (let i = 0; i < at.length; ++i) for (let j = 0; j < i; ++j) push(i, j, (d) => (ideal * ideal) / d);
  for (const [i, j] of pairs) push(i, j, (d) => -(d * d) / ideal);
  at.forEach((point, i) => {
    const { x, y } = by[i] ?? { x: 0, y: 0 };
    const size = Math.max(Math.hypot(x, y), 1e-9);
    point.x += (x / size) * Math.min(size, most);
    point.y += (y / size) * Math.min(size, most);
  });
}

function fitted(at: Point[], i: number): Point {
  const fit = (axis: "x" | "y") => {
    const values = at.map((point) => point[axis]);
    const [least, largest] = [Math.min(...values), Math.max(...values)];
    return largest - least < 1e-6 ? 0.5 : ((at[i]?.[axis] ?? 0) - least) / (largest - least);
  };
  return { x: fit("x"), y: fit("y") };
}
