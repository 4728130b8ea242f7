import { useState } from "preact/hooks";
import { update, type Entity } from "../api";
import { together, useChange, type Change } from "../change";
import { bytes, count, counted, duration, text } from "../format";
import { can, useNode } from "../node";
import { Mark } from "../parts";
import type { Route } from "../route";
import type { Column } from "../table";
import { Tabbed, type Tab } from "../tabs";

const yes = (value: unknown) => (value === true ? "yes" : "no");

const TABS: Record<string, Tab> = {
  clients: {
    type: "mqttClient", title: "Clients", sort: "clientId",
    attributes: ["identity", "clientId", "host", "listener", "user", "version", "keepAliveSeconds", "uptimeSeconds"],
    empty: "No device is connected. Devices connect by MQTT to a listener of this gateway.",
    columns: [
      { name: "clientId", title: "Device", cell: (row) => text(row["clientId"]) },
      { name: "host", title: "Host", cell: (row) => text(row["host"]) },
      { name: "user", title: "User", cell: (row) => text(row["user"]) },
      { name: "version", title: "MQTT", cell: (row) => text(row["version"]) },
      { name: "listener", title: "By way of", wide: true, cell: (row) => text(row["listener"]) },
      {
        name: "keepAliveSeconds", title: "Keep alive", numeric: true, wide: true,
        cell: (row) => duration(row["keepAliveSeconds"]),
      },
      { name: "uptimeSeconds", title: "Since", numeric: true, cell: (row) => duration(row["uptimeSeconds"]) },
    ],
  },
  sessions: {
    type: "mqttSession", title: "Sessions", sort: "clientId",
    attributes: [
      "identity", "clientId", "connected", "subscriptions", "queuedMessages", "inFlight", "will", "endsInSeconds",
    ],
    empty: "There is no session: each device that connects has one.",
    columns: [
      { name: "clientId", title: "Device", cell: (row) => text(row["clientId"]) },
      { name: "connected", title: "There", cell: (row) => (row["connected"] === true ? "yes" : <Mark>away</Mark>) },
      { name: "subscriptions", title: "Subscriptions", numeric: true, cell: (row) => count(row["subscriptions"]) },
      { name: "queuedMessages", title: "Kept for it", numeric: true, cell: (row) => count(row["queuedMessages"]) },
      { name: "inFlight", title: "In flight", numeric: true, cell: (row) => count(row["inFlight"]) },
      { name: "will", title: "Will", cell: (row) => yes(row["will"]) },
      { name: "endsInSeconds", title: "Ends in", numeric: true, cell: (row) => duration(row["endsInSeconds"]) },
    ],
  },
  subscriptions: {
    type: "mqttSubscription", title: "Subscriptions", sort: "filter",
    attributes: ["identity", "clientId", "filter", "qos", "granted", "noLocal", "retainAsPublished"],
    empty: "No device subscribes to anything.",
    columns: [
      { name: "filter", title: "Filter", cell: (row) => text(row["filter"]) },
      { name: "clientId", title: "Device", cell: (row) => text(row["clientId"]) },
      { name: "qos", title: "QoS", numeric: true, cell: (row) => text(row["qos"]) },
      {
        name: "granted", title: "Granted",
        cell: (row) => (row["granted"] === true ? "yes" : <Mark bad>not yet</Mark>),
      },
    ],
  },
  retained: {
    type: "mqttRetained", title: "Retained", sort: "topic",
    attributes: ["identity", "topic", "qos", "payloadBytes", "clientId"],
    empty: "No topic has a retained message.",
    columns: [
      { name: "topic", title: "Topic", cell: (row) => text(row["topic"]) },
      { name: "qos", title: "QoS", numeric: true, cell: (row) => text(row["qos"]) },
      { name: "payloadBytes", title: "Payload", numeric: true, cell: (row) => bytes(row["payloadBytes"]) },
      { name: "clientId", title: "Published by", cell: (row) => text(row["clientId"]) },
    ],
  },
};

function kicking(row: Entity): Change {
  const id = text(row["identity"]);
  const body = { adminStatus: "deleted" };
  return {
    title: `Kick ${text(row["clientId"])}`,
    about: "Its connection is closed. Its session stays as long as it may, and the device may come back.",
    method: "PATCH", path: `/api/mqttClient/${id}`, body,
    command: `weft manage update --type mqttClient --identity ${id} adminStatus=deleted`,
    make: () => update("mqttClient", id, body),
  };
}

export function Devices({ route }: { route: Route }) {
  const node = useNode();
  const [turn, setTurn] = useState(0);
  const [dialog, propose] = useChange(() => setTurn((n) => n + 1));
  const kick: Column = {
    name: "do", title: "Change", sorts: false,
    cell: (row) => (
      <button type="button" class="danger" aria-label={`Kick ${text(row["clientId"])}`}
        onClick={() => propose(kicking(row))}>Kick</button>
    ),
  };
  const clients = TABS["clients"];
  const tabs = clients && can(node, "mqttClient", "UPDATE")
    ? { ...TABS, clients: {
      ...clients, columns: [...clients.columns, kick],
      choose: (rows: readonly Entity[]) => (
        <button type="button" class="danger" onClick={() => propose(together(`Kick ${counted(rows.length, "device")}`,
          "Their connections are closed. Their sessions stay as long as they may, and the devices may come back.",
          `kick ${rows.length}`, rows.map(kicking)))}>Kick</button>
      ),
    } } : TABS;
  return (
    <>
      {dialog}
      <Tabbed page="devices" label="Of devices" tabs={tabs} route={route} again={turn} />
    </>
  );
}
