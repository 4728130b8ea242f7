// What would become of a message that is sent now, by what a router's EXPLAIN says: the rules of `weft why`, of
// the first router alone.
import type { Entity, Json } from "./api";
import { number, text } from "./format";

export interface Verdict {
  flows: boolean;
  words: string; // a sentence
  remedy: string; // what to do; empty: nothing
}

export const entities = (value: Json | undefined): Entity[] =>
  Array.isArray(value) ? value.filter((each): each is Entity => each !== null && typeof each === "object") : [];

export const names = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(text) : []);

export function entity(value: Json | undefined): Entity {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}

const STANDINGS = ["eligible", "attaching", "stalled", "no-credit", "connection-full", "busy"];

export function judge(address: string, told: Entity): Verdict {
  const decision = entity(told["decision"]);
  switch (text(decision["kind"])) {
    case "consumer": return { flows: true, words: `It goes to ${receiver(told, decision)}.`, remedy: "" };
    case "route": return onward(decision);
    case "everyone": return toAll(address, told);
    case "wait": return waiting(address, told);
    case "nobody": return nobody(address, told);
    case "no-path": return {
      flows: false,
      words: `Receivers of ${address} are at routers to which this one has no way for such messages.`,
      remedy: "Paths may be changing: if it stays so, look at the map who is reached.",
    };
    case "unavailable": return {
      flows: false,
      words: `Links to ${address} are refused: ${ruleOf(told)} says that it is not to be used.`,
      remedy: "Use another address, or give it a distribution: see Rules.",
    };
    default: return { flows: false, words: `The router says “${text(decision["kind"])}”.`, remedy: "" };
  }
}

const ruleOf = (told: Entity): string =>
  typeof told["pattern"] === "string" ? `the rule ${told["pattern"]}` : "the router's defaultDistribution";

function receiver(told: Entity, decision: Entity): string {
  const link = text(decision["link"]);
  const consumer = entities(told["consumers"]).find((each) => text(each["link"]) === link);
  const container = consumer?.["container"];
  return `the receiver ${typeof container === "string" && container ? container : `on link ${link}`}, at this router`;
}

const onward = (decision: Entity): Verdict => ({
  flows: true,
  words: `It goes on to router ${text(decision["router"])}.`,
  remedy: "What that router does with it stands on the page of this address there.",
});

const byStanding = (told: Entity, standing: string): number => number(entity(told["consumersByStanding"]), standing);
const receivers = (told: Entity): number => STANDINGS.reduce((sum, each) => sum + byStanding(told, each), 0);
const are = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? " is" : "s are"}`;

function toAll(address: string, told: Entity): Verdict {
  const here = receivers(told);
  const stalled = byStanding(told, "stalled");
  const slow = here - byStanding(told, "eligible") - stalled;
  const ways = entities(told["routes"]).filter((route) => route["allowed"] === true).length;
  const words = `It goes to all: ${are(here, "receiver")} at this router, and ${ways} other ` +
    `${ways === 1 ? "router gets" : "routers get"} it.`;
  if (slow > 0) return { ...waiting(address, told), words: `${words} ${waiting(address, told).words}` };
  if (stalled > 0) {
    return {
      flows: stalled < here || ways > 0,
      words: `${words} ${are(stalled, "receiver")} stalled: messages are kept for a while, and then lost to it.`,
      remedy: "Restart the receiving program, or see what it hangs on.",
    };
  }
  return { flows: true, words, remedy: "" };
}

/** Receivers are there, and none can take a message now. */
function waiting(address: string, told: Entity): Verdict {
  const of = (standing: string, does: string, remedy: string): Verdict | undefined => {
    const count = byStanding(told, standing);
    return count === 0 ? undefined : {
      flows: false, words: `It waits: of ${receivers(told)} receivers of ${address} here, ${count} ${does}.`, remedy,
    };
  };
  return of("stalled", "took and settled nothing for 10 s", "Restart the receiving program, or see what it hangs on.")
    ?? of("connection-full", "read too slowly: the connection takes no more bytes",
      "See whether the machine or the network of the receiver is overloaded.")
    ?? of("no-credit", "give no credit",
      "The receiving program must settle what it has and give credit: see whether it hangs.")
    ?? of("attaching", "are just attaching", "Look again.")
    ?? {
      flows: true, words: `${are(number(told, "waiting"), "message")} in line, and receivers take them.`,
      remedy: "More receivers make it faster.",
    };
}

function nobody(address: string, told: Entity): Verdict {
  const unreachable = names(told["unreachable"]);
  if (unreachable.length > 0) {
    return {
      flows: false,
      words: `Receivers of ${address} are at ${unreachable.join(", ")}, to which there is no path: the mesh is parted.`,
      remedy: "Restart the router, or mend the link: the map shows who is reached.",
    };
  }
  const brokers = entities(entity(told["storage"])["brokers"]).map((each) => text(each["broker"]));
  if (brokers.length > 0) {
    return {
      flows: false,
      words: `Its messages are kept by ${brokers.join(", ")}, to which no router has a link: senders get no credit.`,
      remedy: "Connect the broker to a listener or connector with the role route-container.",
    };
  }
  const lost = names(told["lostRouters"]);
  if (lost.length > 0) {
    return {
      flows: false,
      words: `Nobody receives from ${address} where this router can reach; it has lost the way to ${lost.join(", ")}.`,
      remedy: "Mend the way: receivers may be there.",
    };
  }
  return {
    flows: false, words: "It is not taken: nobody receives from this address. Senders get no credit.",
    remedy: "Start a receiver, or correct the spelling: Addresses has those in use.",
  };
}
