import type { PageOf } from "../shell";
import { Address } from "./address";
import { Addresses } from "./addresses";
import { Configuration } from "./configuration";
import { Connections } from "./connections";
import { Devices } from "./devices";
import { Links } from "./links";
import { Log } from "./log";
import { Nodes } from "./nodes";
import { Overview } from "./overview";
import { NewAddress } from "./newaddress";
import { Rules } from "./rules";
import { MeshMap } from "./map";
import { Security } from "./security";
import { Queue } from "./queue";
import { Queues } from "./queues";

export const PAGES: readonly PageOf[] = [
  { name: "overview", title: "Overview", key: "o", types: [], view: Overview },
  { name: "map", title: "Map", key: "m", types: ["router.node"], view: MeshMap },
  { name: "addresses", title: "Addresses", key: "a", types: ["router.address"], view: Addresses },
  { name: "rules", title: "Rules", key: "r", types: ["router.config.address"], view: Rules },
  { name: "queues", title: "Queues", key: "q", types: ["queue"], view: Queues },
  { name: "connections", title: "Connections", key: "c", types: ["connection"], view: Connections },
  { name: "links", title: "Links", key: "l", types: ["router.link"], view: Links },
  { name: "devices", title: "Devices", key: "d", types: ["mqttClient"], view: Devices },
  { name: "security", title: "Security", key: "s", types: ["refusal", "sslProfile", "audit"], view: Security },
  { name: "log", title: "Log", key: "e", types: ["management"], view: Log },
  { name: "configuration", title: "Configuration", key: "f", types: ["listener"], view: Configuration },
  { name: "nodes", title: "Other nodes", key: "n", types: [], view: Nodes },
  {
    name: "new-address", title: "Create an address", under: "rules", key: "", types: ["router.config.address"],
    view: NewAddress,
  },
  { name: "address", title: "Address", under: "addresses", key: "", types: ["router.address"], view: Address },
  { name: "queue", title: "Queue", under: "queues", key: "", types: ["queue"], view: Queue },
];
