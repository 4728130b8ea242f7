import { useMemo } from "preact/hooks";
import type { Entity } from "../api";
import { nameOf } from "../addresskey";
import { count, number, rate, text } from "../format";
import { Rates } from "../live";
import { change, linkTo, type Route } from "../route";
import { EntityTable, type Column } from "../table";

const ATTRIBUTES = [
  "identity", "key", "distribution", "subscriberCount", "remoteCount", "containerCount", "inProcess",
  "deliveriesIngress", "deliveriesEgress", "deliveriesTransit",
] as const;

const OF_CLIENTS = ["key=M*", "key!=M0$*", "key!=M0_*"]; // without what routers use among themselves

export function Addresses({ route }: { route: Route }) {
  const rates = useMemo(() => new Rates(), []);
  const all = route.query.get("all") === "yes";
  const speed = (row: Entity, name: string, at: number) =>
    rate(rates.of(`${name} ${text(row["identity"])}`, number(row, name), at));
  const columns: Column[] = [
    { name: "key", title: "Address", cell: (row) => <Name row={row} /> },
    { name: "kind", title: "Kind", sorts: false, wide: true, cell: (row) => nameOf(text(row["key"])).kind },
    { name: "distribution", title: "Distribution", cell: (row) => text(row["distribution"]) },
    { name: "in", title: "In/s", numeric: true, sorts: false, cell: (row, at) => speed(row, "deliveriesIngress", at) },
    { name: "out", title: "Out/s", numeric: true, sorts: false, cell: (row, at) => speed(row, "deliveriesEgress", at) },
    { name: "subscriberCount", title: "Receivers here", numeric: true, cell: (row) => count(row["subscriberCount"]) },
    { name: "remoteCount", title: "Routers with some", numeric: true, cell: (row) => count(row["remoteCount"]) },
    { name: "deliveriesIngress", title: "In", numeric: true, cell: (row) => count(row["deliveriesIngress"]) },
    { name: "deliveriesEgress", title: "Out", numeric: true, cell: (row) => count(row["deliveriesEgress"]) },
    {
      name: "deliveriesTransit", title: "Through", numeric: true, wide: true,
      cell: (row) => count(row["deliveriesTransit"]),
    },
  ];
  return (
    <EntityTable route={route} type="router.address" caption="Addresses" attributes={ATTRIBUTES}
      columns={columns} sort="key"
      where={all ? [] : OF_CLIENTS}
      empty={<>No address is in use here: there is one as soon as somebody sends to it, or receives.</>}
      actions={
        <label class="check">
          <input type="checkbox" checked={all}
            onChange={(event) => change(route, { all: event.currentTarget.checked ? "yes" : "", page: "" })} />
          with the routers' own
        </label>
      } />
  );
}

function Name({ row }: { row: Entity }) {
  const { address, phase, kind } = nameOf(text(row["key"]));
  const words = <>{address}{phase && <small> phase {phase}</small>}</>;
  return kind === "mobile" ? <a href={linkTo("address", address)}>{words}</a> : words;
}
