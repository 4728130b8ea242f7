import { useMemo, useState } from "preact/hooks";
import type { Entity } from "../api";
import { together, useChange, type Change } from "../change";
import { bytes, count, counted, number, rate, shellWord, text } from "../format";
import { Rates } from "../live";
import { can, useNode } from "../node";
import { Mark } from "../parts";
import { workOff } from "../queuework";
import { linkTo, type Route } from "../route";
import { EntityTable, type Column } from "../table";

const ATTRIBUTES = [
  "identity", "name", "messages", "bytes", "unsettled", "consumers", "producers", "blockedProducers", "full",
  "messagesIn", "messagesOut", "drain", "authority", "deadLetter",
] as const;

export function Queues({ route }: { route: Route }) {
  const node = useNode();
  const [turn, setTurn] = useState(0);
  const [dialog, propose] = useChange(() => setTurn((n) => n + 1));
  const rates = useMemo(() => new Rates(), []);
  const speed = (row: Entity, name: string, at: number) =>
    rate(rates.of(`${name} ${text(row["identity"])}`, number(row, name), at));
  const columns: Column[] = [
    {
      name: "name", title: "Queue",
      cell: (row) => <a href={linkTo("queue", text(row["name"]))}>{text(row["name"])}</a>,
    },
    { name: "messages", title: "Messages", numeric: true, cell: (row) => count(row["messages"]) },
    { name: "bytes", title: "Stored", numeric: true, cell: (row) => bytes(row["bytes"]) },
    { name: "in", title: "In/s", numeric: true, sorts: false, cell: (row, at) => speed(row, "messagesIn", at) },
    { name: "out", title: "Out/s", numeric: true, sorts: false, cell: (row, at) => speed(row, "messagesOut", at) },
    { name: "unsettled", title: "At consumers", numeric: true, cell: (row) => count(row["unsettled"]) },
    { name: "consumers", title: "Consumers", numeric: true, cell: (row) => count(row["consumers"]) },
    { name: "producers", title: "Producers", numeric: true, cell: (row) => count(row["producers"]) },
    { name: "state", title: "State", sorts: false, cell: (row) => <State row={row} /> },
    { name: "authority", title: "Made by", wide: true, cell: (row) => text(row["authority"]) },
  ];
  return (
    <>
      {dialog}
      <EntityTable again={turn} route={route} type="queue" caption="Queues" attributes={ATTRIBUTES}
        columns={columns} sort="-messages"
        empty={<>This broker has no queue. An address of the type queue that names this broker makes one.</>}
        choose={can(node, "queue", "PURGE") ? (rows) => (
          <button type="button" class="danger" onClick={() => propose(together(`Purge ${counted(rows.length, "queue")}`,
            "All of their messages are removed for ever. What consumers have now stays.",
            `purge ${rows.length}`, rows.map(purging)))}>Purge</button>
        ) : undefined} />
    </>
  );
}

function purging(row: Entity): Change {
  const name = text(row["name"]);
  const body = { name };
  return {
    title: `Purge ${name}`, method: "POST", path: "/api/queue?operation=PURGE", body,
    command: `weft queue purge ${shellWord(name)} --yes`,
    make: () => workOff("PURGE", body, number(row, "messages")),
  };
}

function State({ row }: { row: Entity }) {
  const blocked = number(row, "blockedProducers");
  if (row["full"] === true) return <Mark bad>full</Mark>;
  if (row["drain"] !== "none") return <Mark>drain: {text(row["drain"])}</Mark>;
  if (blocked > 0) return <Mark bad>{blocked} blocked</Mark>;
  return number(row, "consumers") === 0 && number(row, "messages") > 0 ? <Mark>nobody takes</Mark> : <>ok</>;
}
