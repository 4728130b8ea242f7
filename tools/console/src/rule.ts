// A rule of addresses as somebody fills it in, and what is sent of it: `weft address create` says the same.
import type { Entity } from "./api";
import { shellWord } from "./format";

export interface Rule {
  rule: string;
  kind: string; // address, prefix, pattern
  type: string; // anycast, multicast, queue, topic
  distribution: string; // empty: as the type has it
  brokers: string; // names, separated by commas
  priority: string; // empty, 0-9
  scope: string; // mesh, node; empty: mesh where the router is in one
  slowConsumer: string;
}

export const NEW_RULE: Rule = {
  rule: "", kind: "address", type: "anycast", distribution: "", brokers: "", priority: "", scope: "",
  slowConsumer: "block",
};

export const isKept = (type: string): boolean => type === "queue" || type === "topic";
const named = (list: string): string[] => list.split(",").map((name) => name.trim()).filter(Boolean);

/** What is wrong with it, in words; empty: nothing. */
export function faultOf(rule: Rule): string {
  if (rule.rule.trim() === "") return "Say which address: orders, or with wildcards telemetry/#.";
  if (isKept(rule.type) && named(rule.brokers).length === 0) return "Name the broker that keeps its messages.";
  return "";
}

export function attributesOf(rule: Rule): Entity {
  const attributes: Entity = { [rule.kind]: rule.rule.trim() };
  Object.assign(attributes, treatmentOf(rule));
  if (isKept(rule.type)) attributes["addressType"] = rule.type;
  if (rule.scope === "mesh") attributes["scope"] = "mesh";
  return attributes;
}

/** What can be changed later. */
export function treatmentOf(rule: Rule): Entity {
  const attributes: Entity = {};
  const distribution = rule.distribution || (rule.type === "multicast" ? "multicast" : "");
  if (distribution && !isKept(rule.type)) attributes["distribution"] = distribution;
  if (rule.slowConsumer !== "block") attributes["slowConsumer"] = rule.slowConsumer;
  if (isKept(rule.type)) attributes["brokers"] = named(rule.brokers);
  if (rule.priority !== "") attributes["priority"] = Number(rule.priority);
  return attributes;
}

export function createCommand(rule: Rule): string {
  const words = ["weft", "address", "create", rule.rule.trim()];
  if (rule.kind !== "address") words.push("--kind", rule.kind);
  if (rule.type !== "anycast") words.push("--type", rule.type);
  if (rule.distribution && !isKept(rule.type)) words.push("--distribution", rule.distribution);
  if (isKept(rule.type)) words.push("--brokers", named(rule.brokers).join(","));
  if (rule.priority !== "") words.push("--priority", rule.priority);
  if (rule.slowConsumer !== "block") words.push("--slow-consumer", rule.slowConsumer);
  words.push("--scope", rule.scope);
  return words.map(shellWord).join(" ");
}

export function updateCommand(rule: string, changes: Entity): string {
  const flags: Record<string, string> = {
    distribution: "--distribution", priority: "--priority", slowConsumer: "--slow-consumer", brokers: "--brokers",
  };
  const words = ["weft", "address", "update", rule];
  for (const [name, value] of Object.entries(changes)) {
    words.push(flags[name] ?? `--${name}`, Array.isArray(value) ? value.join(",") : String(value));
  }
  return words.map(shellWord).join(" ");
}
