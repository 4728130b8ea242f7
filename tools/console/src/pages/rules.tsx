import { useState } from "preact/hooks";
import { create, list, read, remove, update, type Entity } from "../api";
import { together, useChange, type Change } from "../change";
import { counted, shellWord, text } from "../format";
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
        choose={can(node, TYPE, "DELETE") ? (rows) => <Bulk rows={rows} propose={propose} /> : undefined}
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

const pathOf = (id: string) => `/api/${TYPE}/${encodeURIComponent(id)}`;

function distributing(row: Entity, distribution: string): Change {
  const rule = ruleText(row);
  const id = text(row["identity"]);
  const changes = { distribution };
  return {
    title: `Make ${rule} ${distribution}`,
    about: `Messages ${distribution === "closest" ? "go to the nearest receivers" : "are shared by all receivers"}.`,
    method: "PATCH", path: pathOf(id), body: changes, command: updateCommand(rule, changes),
    make: () => update(TYPE, id, changes),
    undo: () => distributing({ ...row, distribution }, text(row["distribution"])),
  };
}

function deleting(row: Entity): Change {
  const rule = ruleText(row);
  const id = text(row["identity"]);
  let whole: Entity = row;
  return {
    title: `Delete ${rule}`,
    about: "Links to it stay, and follow the rule that is left for it. A queue keeps its messages.",
    confirm: rule, method: "DELETE", path: pathOf(id), command: `weft address delete ${shellWord(rule)}`,
    make: async () => {
      whole = await read(TYPE, id);
      await remove(TYPE, id);
    },
    undo: () => creating(whole),
  };
}

const TOLD_ONLY = new Set(["identity", "type", "source", "origin", "version", "conflict", "attachedAt"]);
const DEFAULTS: unknown[] = [null, false, 0, -1];

/** A rule as it was, with what it said; the router numbers those without a name of their own. */
function creating(row: Entity): Change {
  const said = Object.entries(row).filter(([name, value]) => !TOLD_ONLY.has(name) && !DEFAULTS.includes(value) &&
    !(name === "name" && value === row["identity"]) && !(name === "scope" && value === "node"));
  const body: Entity = Object.fromEntries(said);
  const words = said.map(([name, value]) =>
    shellWord(`${name}=${typeof value === "string" ? value : JSON.stringify(value)}`));
  return {
    title: `Create ${ruleText(row)} again`, method: "POST", path: `/api/${TYPE}`, body,
    command: `weft manage create --type ${TYPE} ${words.join(" ")}`,
    make: async () => { await create(TYPE, body); },
  };
}

function Actions({ row, propose }: { row: Entity; propose: Propose }) {
  const node = useNode();
  if (row["source"] === "file") return <small>in its file</small>;
  const other = row["distribution"] === "closest" ? "balanced" : "closest";
  return (
    <span class="actions">
      {isShared(row) && can(node, TYPE, "UPDATE") && (
        <button type="button" onClick={() => propose(distributing(row, other))}>Make {other}</button>
      )}
      {can(node, TYPE, "DELETE") && (
        <button type="button" class="danger" onClick={() => propose(deleting(row))}>Delete</button>
      )}
    </span>
  );
}

function Bulk({ rows, propose }: { rows: readonly Entity[]; propose: Propose }) {
  const own = rows.filter((row) => row["source"] !== "file");
  const about = "Links to them stay, and follow the rules that are left. Queues keep their messages.";
  return (
    <>
      <button type="button" class="danger" disabled={own.length === 0} onClick={() => propose(together(
        `Delete ${counted(own.length, "rule")}`, about, `delete ${own.length}`, own.map(deleting)))}>Delete</button>
      {own.length < rows.length && <small>{rows.length - own.length} are in files, and stay</small>}
    </>
  );
}

/** Names of brokers that addresses name already, to choose from. */
export async function knownBrokers(): Promise<string[]> {
  const { rows } = await list(TYPE, { attributes: ["brokers"] });
  const names = rows.flatMap((row) => (Array.isArray(row["brokers"]) ? row["brokers"].map(text) : []));
  return [...new Set(names)].sort();
}
