import { useState } from "preact/hooks";
import { list, remove, update, type Entity } from "../api";
import { useChange } from "../change";
import { shellWord, text } from "../format";
import { can, useNode } from "../node";
import { Mark } from "../parts";
import { linkTo, type Route } from "../route";
import { EntityTable, type Column } from "../table";
import { updateCommand } from "../rule";

const TYPE = "router.config.address";
const ATTRIBUTES = [
  "identity", "name", "address", "prefix", "pattern", "addressType", "distribution", "brokers", "priority", "scope",
  "source", "conflict",
] as const;

export const ruleText = (row: Entity): string => text(row["address"] ?? row["pattern"] ?? row["prefix"]);

export function Rules({ route }: { route: Route }) {
  const node = useNode();
  const [turn, setTurn] = useState(0);
  const [dialog, propose] = useChange(() => setTurn((n) => n + 1));
  const columns: Column[] = [
    { name: "address", title: "Address", cell: (row) => <Rule row={row} /> },
    { name: "name", title: "Name", wide: true, cell: (row) => text(row["name"]) },
    { name: "addressType", title: "Type", cell: (row) => text(row["addressType"]) },
    { name: "distribution", title: "Distribution", cell: (row) => text(row["distribution"]) },
    {
      name: "brokers", title: "Brokers", wide: true,
      cell: (row) => (Array.isArray(row["brokers"]) ? row["brokers"].map(text).join(", ") : ""),
    },
    { name: "priority", title: "Priority", numeric: true, wide: true, cell: (row) => priority(row) },
    { name: "scope", title: "Known on", cell: (row) => (row["scope"] === "mesh" ? "the mesh" : "this router") },
    { name: "source", title: "From", cell: (row) => (row["source"] === "file" ? "a file" : "management") },
    { name: "do", title: "Change", sorts: false, cell: (row) => <Actions row={row} propose={propose} /> },
  ];
  return (
    <>
      {dialog}
      <EntityTable again={turn} route={route} type={TYPE} caption="Rules" attributes={ATTRIBUTES} columns={columns}
        sort="address" empty={<>No address has a rule: each is balanced, and kept by nobody.</>}
        actions={can(node, TYPE, "CREATE") && <a class="button" href={linkTo("new-address")}>Create an address</a>} />
    </>
  );
}

const priority = (row: Entity) => (row["priority"] === -1 ? "" : text(row["priority"]));

function Rule({ row }: { row: Entity }) {
  const kind = row["address"] === null ? (row["pattern"] === null ? "prefix" : "pattern") : "";
  return (
    <>
      <a href={linkTo("address", ruleText(row))}>{ruleText(row)}</a> {kind && <small>{kind}</small>}
      {typeof row["conflict"] === "string" && <Mark bad>{row["conflict"]}</Mark>}
    </>
  );
}

/** Whether its messages go to one receiver each, so that the nearest could be preferred. */
const isShared = (row: Entity): boolean =>
  row["addressType"] !== "queue" && row["addressType"] !== "topic" && row["distribution"] !== "multicast";

type Propose = ReturnType<typeof useChange>[1];

function Actions({ row, propose }: { row: Entity; propose: Propose }) {
  const rule = ruleText(row);
  const node = useNode();
  if (row["source"] === "file") return <small>in its file</small>;
  const id = text(row["identity"]);
  const path = `/api/${TYPE}/${encodeURIComponent(id)}`;
  const other = row["distribution"] === "closest" ? "balanced" : "closest";
  const changes = { distribution: other };
  return (
    <span class="actions">
      {isShared(row) && can(node, TYPE, "UPDATE") && (
        <button type="button" onClick={() => propose({
          title: `Make ${rule} ${other}`,
          about: `Messages ${other === "closest" ? "go to the nearest receivers" : "are shared by all receivers"}.`,
          method: "PATCH", path, body: changes, command: updateCommand(rule, changes),
          make: () => update(TYPE, id, changes),
        })}>Make {other}</button>
      )}
      {can(node, TYPE, "DELETE") && <button type="button" class="danger" onClick={() => propose({
        title: `Delete ${rule}`,
        about: "Links to it stay, and follow the rule that is left for it. A queue keeps its messages.",
        confirm: rule, method: "DELETE", path, command: `weft address delete ${shellWord(rule)}`,
        make: () => remove(TYPE, id),
      })}>Delete</button>}
    </span>
  );
}

/** Names of brokers that addresses name already, to choose from. */
export async function knownBrokers(): Promise<string[]> {
  const { rows } = await list(TYPE, { attributes: ["brokers"] });
  const names = rows.flatMap((row) => (Array.isArray(row["brokers"]) ? row["brokers"].map(text) : []));
  return [...new Set(names)].sort();
}
