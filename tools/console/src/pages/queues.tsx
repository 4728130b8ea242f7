import { useMemo } from "preact/hooks";
import type { Entity } from "../api";
import { bytes, count, number, rate, text } from "../format";
import { Rates } from "../live";
import { Mark } from "../parts";
import { linkTo, type Route } from "../route";
import { EntityTable, type Column } from "../table";

const ATTRIBUTES = [
  "identity", "name", "messages", "bytes", "unsettled", "consumers", "producers", "blockedProducers", "full",
  "messagesIn", "messagesOut", "drain", "authority", "deadLetter",
] as const;

export function Queues({ route }: { route: Route }) {
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
    <EntityTable route={route} type="queue" caption="Queues" attributes={ATTRIBUTES} columns={columns} sort="-messages"
      empty={<>This broker has no queue. An address of the type queue that names this broker makes one.</>} />
  );
}

function State({ row }: { row: Entity }) {
  const blocked = number(row, "blockedProducers");
  if (row["full"] === true) return <Mark bad>full</Mark>;
  if (row["drain"] !== "none") return <Mark>drain: {text(row["drain"])}</Mark>;
  if (blocked > 0) return <Mark bad>{blocked} blocked</Mark>;
  return number(row, "consumers") === 0 && number(row, "messages") > 0 ? <Mark>nobody takes</Mark> : <>ok</>;
}
