// The node that serves this page: what it is, and what it can be asked.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import * as api from "./api";
import { text } from "./format";

export type Kind = "router" | "broker" | "gateway" | "node";

export interface Node {
  kind: Kind;
  id: string;
  types: Map<string, api.EntityType>; // with the operations that this user may ask for
  me: api.Me | undefined;
}

export interface Health {
  status: string; // "ok", "degraded"; "unknown" where the listener does not tell
  problems: string[];
  uptimeSeconds: number | undefined;
}

const KINDS: [Kind, string][] = [["router", "router.address"], ["broker", "queue"], ["gateway", "mqttClient"]];

export async function askNode(): Promise<Node> {
  const [all, me] = await Promise.all([api.types(), api.me()]);
  const may = (type: api.EntityType) =>
    me ? type.operations.filter((each) => me.operations[type.type]?.includes(each)) : type.operations;
  const types = new Map(all.map((type) => [type.type, { ...type, operations: may(type) }]));
  const kind = KINDS.find(([, type]) => types.has(type))?.[0] ?? "node";
  return { kind, id: await idOf(kind), types, me };
}

async function idOf(kind: Kind): Promise<string> {
  if (kind === "router" || kind === "broker") {
    const { rows } = await api.list(kind, { attributes: ["id"], count: 1 });
    return text(rows[0]?.["id"]);
  }
  const told = await api.health().catch(() => ({}) as api.Entity);
  return text(told[kind] ?? kind);
}

export async function askHealth(): Promise<Health> {
  try {
    const told = await api.health();
    const problems = Array.isArray(told["problems"]) ? told["problems"].map(text) : [];
    const uptime = told["uptimeSeconds"];
    return {
      status: text(told["status"]),
      problems,
      uptimeSeconds: typeof uptime === "number" ? uptime : undefined,
    };
  } catch (error) {
    if (error instanceof api.ApiError && error.status === 404) {
      return { status: "unknown", problems: [], uptimeSeconds: undefined };
    }
    throw error;
  }
}

export const NodeContext = createContext<Node>({ kind: "node", id: "", types: new Map(), me: undefined });
export const useNode = (): Node => useContext(NodeContext);

export const can = (node: Node, type: string, operation: string): boolean =>
  node.types.get(type)?.operations.includes(operation) ?? false;
