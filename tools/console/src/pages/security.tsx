import type { Entity } from "../api";
import { bytes, count, number, text } from "../format";
import { Ago, Mark } from "../parts";
import type { Route } from "../route";
import type { Column } from "../table";
import { Tabbed, type Tab } from "../tabs";

const SOON = 30; // days

const counted = (name: string, title: string): Column =>
  ({ name, title, numeric: true, cell: (row) => count(row[name]) });
const denied = (name: string, title: string): Column => ({
  name, title, numeric: true,
  cell: (row) => (number(row, name) > 0 ? <Mark bad>{count(row[name])}</Mark> : count(row[name])),
});
const said = (name: string, title: string, wide = false): Column =>
  ({ name, title, wide, cell: (row) => text(row[name]) });

const TABS: Record<string, Tab> = {
  refusals: {
    type: "refusal", title: "Refusals", sort: "-lastAt",
    attributes: ["identity", "what", "lastAt", "times", "host", "user", "client", "subject", "reason", "remedy"],
    empty: "Nothing was refused since the node was started.",
    columns: [
      { name: "lastAt", title: "Last", cell: (row) => <Ago at={number(row, "lastAt") * 1000} /> },
      counted("times", "Times"), said("what", "What"), said("user", "User"), said("client", "Client", true),
      said("host", "Host", true), said("subject", "Of"),
      {
        name: "reason", title: "Why, and what helps",
        cell: (row) => <span class="words">{text(row["reason"])}. {row["remedy"] && text(row["remedy"])}</span>,
      },
    ],
  },
  audit: {
    type: "audit", title: "Audit", sort: "-at",
    attributes: ["identity", "at", "action", "subject", "user", "host", "via", "outcome", "reason", "before", "after"],
    empty: "Nobody logged in or changed anything since the node was started.",
    columns: [
      { name: "at", title: "When", cell: (row) => <Ago at={number(row, "at") * 1000} /> },
      said("action", "What"), said("subject", "To what"), said("user", "Who"), said("host", "From", true),
      said("via", "By", true),
      {
        name: "outcome", title: "Outcome",
        cell: (row) =>
          (row["outcome"] === "done" ? <>done</> : <Mark bad>{text(row["reason"] ?? row["outcome"])}</Mark>),
      },
      { name: "after", title: "Before and after", sorts: false, wide: true, cell: (row) => <Values row={row} /> },
    ],
  },
  certificates: {
    type: "sslProfile", title: "Certificates", sort: "certNotAfter",
    attributes: ["identity", "name", "certSubject", "certNotAfter", "certFile", "crlCertificates"],
    empty: "No TLS is configured: there is no sslProfile.",
    columns: [
      said("name", "Profile"), said("certSubject", "Certificate"),
      { name: "certNotAfter", title: "Days left", numeric: true, cell: (row) => <DaysLeft row={row} /> },
      said("certFile", "File", true), counted("crlCertificates", "Revoked"),
    ],
  },
  vhosts: {
    type: "vhostStats", title: "Vhosts", sort: "hostname",
    attributes: [
      "identity", "hostname", "connectionsCurrent", "connectionsApproved", "connectionsDenied", "sessionDenied",
      "senderDenied", "receiverDenied", "maxMessageSizeDenied",
    ],
    empty: "No vhost says who may do what: everybody may do everything.",
    columns: [
      said("hostname", "Vhost"), counted("connectionsCurrent", "Connections"),
      counted("connectionsApproved", "Let in"), denied("connectionsDenied", "Not let in"),
      denied("sessionDenied", "Sessions refused"), denied("senderDenied", "Senders refused"),
      denied("receiverDenied", "Receivers refused"), denied("maxMessageSizeDenied", "Messages too large"),
    ],
  },
  tenants: {
    type: "tenant", title: "Tenants", sort: "name",
    attributes: [
      "identity", "name", "prefix", "connectionsCurrent", "linksCurrent", "addressesCurrent", "messages", "bytes",
      "heldBack", "connectionsDenied", "linksDenied", "addressesDenied",
    ],
    empty: "There are no tenants.",
    columns: [
      said("name", "Tenant"), said("prefix", "Its addresses", true), counted("connectionsCurrent", "Connections"),
      counted("linksCurrent", "Links"), counted("addressesCurrent", "Addresses"), counted("messages", "Messages"),
      { name: "bytes", title: "Bytes", numeric: true, cell: (row) => bytes(row["bytes"]) },
      denied("heldBack", "Held back"), denied("connectionsDenied", "Connections refused"),
      denied("linksDenied", "Links refused"), denied("addressesDenied", "Addresses refused"),
    ],
  },
};

function Values({ row }: { row: Entity }) {
  const told = ["before", "after"].filter((name) => row[name] !== null && row[name] !== undefined);
  if (told.length === 0) return <></>;
  return (
    <details>
      <summary>{told.join(", ")}</summary>
      {told.map((name) => <pre key={name}>{`${name}: ${JSON.stringify(row[name], null, 1)}`}</pre>)}
    </details>
  );
}

function DaysLeft({ row }: { row: Entity }) {
  const end = row["certNotAfter"];
  if (typeof end !== "number") return <>–</>;
  const days = Math.floor((end * 1000 - Date.now()) / 86_400_000);
  const exact = new Date(end * 1000).toISOString();
  return <span title={exact}>{days < SOON ? <Mark bad>{days < 0 ? "over" : days}</Mark> : days}</span>;
}

export function Security({ route }: { route: Route }) {
  return <Tabbed page="security" label="Of security" tabs={TABS} route={route} />;
}
