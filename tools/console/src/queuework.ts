// What is done to the messages of a queue, in bounded pieces as the broker takes them.
import { operate, type Entity } from "./api";
import { number, text } from "./format";

const PIECES_MAX = 10_000;

/** Repeats PURGE, MOVE or REPLAY until nothing is left to do, or `most` are done: what comes meanwhile stays. */
export async function workOff(operation: string, properties: Entity, most: number): Promise<string> {
  let messages = 0;
  let stay = 0;
  let stopped = "";
  let next: Entity = {};
  for (let piece = 0; piece < PIECES_MAX; ++piece) {
    const told = (await operate("queue", operation, { ...properties, ...next })) as Entity;
    messages += number(told, "messages");
    if (typeof told["stopped"] === "string") stopped = told["stopped"];
    for (const why of ["Unknown", "Gone", "Full"]) stay += number(told, `left${why}`);
    if (told["more"] !== true || stopped || messages >= most || properties["ids"] !== undefined) break;
    next = typeof told["next"] === "number" ? { from: told["next"] } : {};
  }
  const verb = { PURGE: "removed", MOVE: "moved", REPLAY: "replayed" }[operation] ?? text(operation);
  const left = stay > 0 ? ` ${stay} can't go back and stay: their queue is gone, full, or not known.` : "";
  const words = messages === 1 ? "1 message was" : `${messages} messages were`;
  return `${words} ${verb}.${left}${stopped && ` It stopped: ${stopped}.`}`;
}
