import type { Entity, Json } from "../api";
import { text } from "../format";
import { useList } from "../live";
import { useNode } from "../node";
import { Failure } from "../parts";
import { linkTo, type Route } from "../route";

// What stands in a configuration, in the order of its file; other types are what goes on.
const SECTIONS = [
  "router", "broker", "store", "listener", "connector", "sslProfile", "router.config.address",
  "router.config.linkRoute", "router.config.autoLink", "router.config.exchange", "router.config.binding", "policy",
  "vhost", "topic", "log",
];
const HIDDEN = new Set(["name", "identity", "type"]);

export function Configuration({ route }: { route: Route }) {
  const node = useNode();
  const sections = SECTIONS.filter((type) => node.types.has(type));
  const type = sections.includes(route.rest) ? route.rest : (sections[0] ?? "");
  const live = useList(type, { count: 500 }, 15);
  const about = node.types.get(type)?.description;
  return (
    <>
      <nav class="tabs" aria-label="Sections">
        {sections.map((each) => (
          <a key={each} href={linkTo("configuration", each)} aria-current={each === type ? "page" : undefined}>
            {each}
          </a>
        ))}
      </nav>
      {about && <p class="note">{about}</p>}
      {live.error && <Failure error={live.error} again={live.again} />}
      {live.data?.rows.map((row) => <Section key={text(row["identity"])} row={row} />)}
      {live.data?.rows.length === 0 && <p class="empty">There is none of these.</p>}
    </>
  );
}

function Section({ row }: { row: Entity }) {
  const given = Object.entries(row).filter(([name, value]) => !HIDDEN.has(name) && value !== null);
  return (
    <section class="entity">
      <h2>{text(row["name"])}</h2>
      <dl class="settings">
        {given.map(([name, value]) => (
          <div key={name}><dt>{name}</dt><dd>{shown(value)}</dd></div>
        ))}
      </dl>
    </section>
  );
}

const shown = (value: Json) =>
  value !== null && typeof value === "object" ? <pre>{JSON.stringify(value, null, 2)}</pre> : text(value);
