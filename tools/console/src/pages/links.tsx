import type { Entity } from "../api";
import { isForClients, nameOf } from "../addresskey";
import { count, duration, number, rate, text } from "../format";
import { Mark } from "../parts";
import { change, linkTo, type Route } from "../route";
import { EntityTable, type Column } from "../table";

export const LINK_ATTRIBUTES = [
  "identity", "linkName", "linkType", "linkDir", "owningAddr", "connectionId", "operStatus", "adminStatus", "capacity",
  "creditAvailable", "undeliveredCount", "unsettledCount", "deliveryCount", "acceptedCount", "rejectedCount",
  "releasedCount", "modifiedCount", "presettledCount", "zeroCreditSeconds", "settleRate", "blockedReason",
] as const;

export function Links({ route }: { route: Route }) {
  const all = route.query.get("all") === "yes";
  const connection = route.query.get("connection") ?? "";
  const where = connection ? [`connectionId=${connection}`] : all ? [] : ["linkType=endpoint"];
  return (
    <>
      {connection && (
        <p class="note">
          Links of connection {connection}. <a href={linkTo("links")}>All links</a>
        </p>
      )}
      <EntityTable route={route} type="router.link" caption="Links" attributes={LINK_ATTRIBUTES} columns={linkColumns()}
        sort="owningAddr" where={where}
        empty={<>There is no link of a client here. Clients attach one to send to an address, or to receive.</>}
        actions={
          !connection && (
            <label class="check">
              <input type="checkbox" checked={all}
                onChange={(event) => change(route, { all: event.currentTarget.checked ? "yes" : "", page: "" })} />
              with links between routers
            </label>
          )
        } />
    </>
  );
}

export function linkColumns(): Column[] {
  return [
    { name: "owningAddr", title: "Address", cell: (row) => <Address row={row} /> },
    { name: "linkDir", title: "Is", cell: (row) => (row["linkDir"] === "in" ? "sender" : "receiver") },
    { name: "linkName", title: "Link", wide: true, cell: (row) => text(row["linkName"]) },
    {
      name: "connectionId", title: "Connection",
      cell: (row) => (
        <a href={linkTo("links", "", { connection: text(row["connectionId"]) })}>{text(row["connectionId"])}</a>
      ),
    },
    { name: "settleRate", title: "Settled/s", numeric: true, cell: (row) => rate(number(row, "settleRate")) },
    { name: "deliveryCount", title: "Deliveries", numeric: true, cell: (row) => count(row["deliveryCount"]) },
    { name: "acceptedCount", title: "Accepted", numeric: true, wide: true, cell: (row) => count(row["acceptedCount"]) },
    { name: "rejectedCount", title: "Rejected", numeric: true, wide: true, cell: (row) => count(row["rejectedCount"]) },
    { name: "releasedCount", title: "Released", numeric: true, wide: true, cell: (row) => count(row["releasedCount"]) },
    { name: "unsettledCount", title: "Unsettled", numeric: true, cell: (row) => count(row["unsettledCount"]) },
    { name: "creditAvailable", title: "Credit", numeric: true, cell: (row) => count(row["creditAvailable"]) },
    { name: "zeroCreditSeconds", title: "State", cell: (row) => <State row={row} /> },
  ];
}

function Address({ row }: { row: Entity }) {
  const key = row["owningAddr"];
  if (typeof key !== "string") return <>any</>;
  const { address } = nameOf(key);
  return isForClients(key) ? <a href={linkTo("address", address)}>{address}</a> : <>{address}</>;
}

function State({ row }: { row: Entity }) {
  const reason = row["blockedReason"];
  if (typeof reason === "string" && reason) {
    return <Mark bad>{reason} for {duration(row["zeroCreditSeconds"])}</Mark>;
  }
  return <>{row["adminStatus"] === "disabled" ? "disabled" : text(row["operStatus"])}</>;
}
