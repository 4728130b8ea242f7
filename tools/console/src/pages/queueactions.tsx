import { useState } from "preact/hooks";
import { list, type Entity } from "../api";
import type { Change } from "../change";
import { number, shellWord, text } from "../format";
import { useLive } from "../live";
import { workOff } from "../queuework";

interface ActionsOf {
  queue: Entity;
  chosen: number[]; // numbers of messages; none: all
  propose: (change: Change) => void;
}

export function QueueActions({ queue, chosen, propose }: ActionsOf) {
  const name = text(queue["name"]);
  const [to, setTo] = useState("");
  const others = useLive("names of queues", () => list("queue", { attributes: ["name"], sort: "name" }), 30);
  const goals = (others.data?.rows ?? []).map((row) => text(row["name"])).filter((each) => each !== name);
  const ids = chosen.sort((a, b) => a - b).join(",");
  const which = ids ? `${chosen.length} of ${name}` : `all of ${name}`;
  const flags = ids ? ` --ids ${ids}` : "";
  const most = ids ? chosen.length : number(queue, "messages");
  const properties: Entity = { name, ...(ids ? { ids } : {}) };
  const path = (operation: string) => `/api/queue?operation=${operation}`;
  const change = (operation: string, title: string, words: string, more: Partial<Change>, body: Entity): Change => ({
    title, method: "POST", path: path(operation), body, command: `weft queue ${words}${flags} --yes`,
    make: () => workOff(operation, body, most), ...more,
  });
  const stays = "What consumers have now stays. The broker's log says who did it.";
  return (
    <div class="tools" role="group" aria-label={`Change ${which}`}>
      <span>{ids ? `${chosen.length} chosen:` : "All messages:"}</span>
      <button type="button" class="danger" onClick={() => propose(change("PURGE", `Purge ${which}`,
        `purge ${shellWord(name)}`,
        { about: `The messages are removed for ever. ${stays}`, confirm: name }, properties))}>Purge</button>
      <label>
        to{" "}
        <select value={to} onChange={(event) => setTo(event.currentTarget.value)} aria-label="Queue to move them to">
          <option value="">another queue</option>
          {goals.map((goal) => <option key={goal} value={goal}>{goal}</option>)}
        </select>
      </label>
      <button type="button" disabled={!to} onClick={() => propose(change("MOVE", `Move ${which} to ${to}`,
        `move ${shellWord(name)} ${shellWord(to)}`,
        { about: `They go to the end of ${to}. ${stays}` }, { ...properties, to }))}>Move</button>
      <button type="button" onClick={() => propose(change("REPLAY", `Replay ${which}`,
        `replay ${shellWord(name)}`,
        { about: "Each dead message goes back to the queue that it died in. What can't go back stays, and is told." },
        properties))}>Replay</button>
    </div>
  );
}
