import type { Entity } from "../api";
import { useState } from "preact/hooks";
import { update } from "../api";
import { together, useChange, type Change } from "../change";
import { counted, duration, text } from "../format";
import { Mark } from "../parts";
import { can, useNode } from "../node";
import { linkTo, type Route } from "../route";
import { EntityTable, type Column } from "../table";

const ATTRIBUTES = [
  "identity", "container", "host", "role", "dir", "user", "isAuthenticated", "isEncrypted", "sslProto", "operStatus",
  "uptimeSeconds", "lastDlvSeconds", "tenant", "listener", "protocol", "properties",
] as const;

export function Connections({ route }: { route: Route }) {
  const node = useNode();
  const [turn, setTurn] = useState(0);
  const [dialog, propose] = useChange(() => setTurn((n) => n + 1));
  const columns: Column[] = [
    {
      name: "container", title: "Container",
      cell: (row) => <Container row={row} links={node.types.has("router.link")} />,
    },
    { name: "host", title: "Host", cell: (row) => text(row["host"]) },
    { name: "role", title: "Role", cell: (row) => text(row["role"]) },
    { name: "dir", title: "Opened", wide: true, cell: (row) => (row["dir"] === "in" ? "by the peer" : "by this node") },
    { name: "user", title: "User", cell: (row) => text(row["user"]) },
    {
      name: "isEncrypted", title: "TLS",
      cell: (row) => (row["isEncrypted"] === true ? text(row["sslProto"] ?? "yes") : <Mark>no</Mark>),
    },
    { name: "listener", title: "By way of", wide: true, cell: (row) => text(row["listener"]) },
    { name: "product", title: "Product", sorts: false, wide: true, cell: (row) => product(row) },
    { name: "uptimeSeconds", title: "Since", numeric: true, cell: (row) => duration(row["uptimeSeconds"]) },
    {
      name: "lastDlvSeconds", title: "Last message", numeric: true,
      cell: (row) => duration(row["lastDlvSeconds"]),
    },
    {
      name: "do", title: "Change", sorts: false,
      cell: (row) => row["role"] !== "inter-router" && can(node, "connection", "UPDATE") && (
        <button type="button" class="danger" aria-label={`Close ${text(row["container"])} ${text(row["host"])}`}
          onClick={() => propose(closing(row))}>Close</button>
      ),
    },
  ];
  return (
    <>
      {dialog}
      <EntityTable again={turn} route={route} type="connection" caption="Connections" attributes={ATTRIBUTES}
        columns={columns} sort="container"
        choose={can(node, "connection", "UPDATE") ? (rows) => (
          <button type="button" class="danger" onClick={() => {
            const closable = rows.filter((row) => row["role"] !== "inter-router");
            propose(together(`Close ${counted(closable.length, "connection")}`,
              "They are closed with an error. What they have not settled is released; clients may dial again. " +
              "Those between routers stay.", `close ${closable.length}`, closable.map(closing)));
          }}>Close</button>
        ) : undefined}
        empty={<>Nobody is connected. Clients connect to a listener: see Configuration.</>} />
    </>
  );
}

function closing(row: Entity): Change {
  const id = text(row["identity"]);
  const body = { adminStatus: "deleted" };
  return {
    title: `Close ${text(row["container"])}`,
    about: `The connection of ${text(row["host"])} is closed with an error. What it has not settled is released; ` +
      "a client that dials again comes in again.",
    method: "PATCH", path: `/api/connection/${id}`, body,
    command: `weft manage update --type connection --identity ${id} adminStatus=deleted`,
    make: () => update("connection", id, body),
  };
}

function Container({ row, links }: { row: Entity; links: boolean }) {
  const name = text(row["container"]) || text(row["host"]);
  return links ? <a href={linkTo("links", "", { connection: text(row["identity"]) })}>{name}</a> : <>{name}</>;
}

function product(row: Entity): string {
  const properties = row["properties"];
  if (properties === null || typeof properties !== "object" || Array.isArray(properties)) return "";
  return [properties["product"], properties["version"]].filter((word) => word !== undefined).map(text).join(" ");
}
