// Consoles of other nodes, kept in this browser: where they are, nothing of who somebody is.
import { useState } from "preact/hooks";
import { LIST_MAX, useList } from "../live";
import { text } from "../format";
import { useNode } from "../node";
import type { Route } from "../route";

interface Kept {
  name: string;
  url: string; // with http: or https:
}

const KEY = "weft.nodes";
const KEPT_MAX = 200;

/** A console's address as somebody may say it: "10.0.0.7:8672"; undefined: it is none. */
export function consoleUrl(said: string): string | undefined {
  try {
    const url = new URL(/^https?:\/\//i.test(said) ? said : `${location.protocol}//${said}`);
    if ((url.protocol !== "http:" && url.protocol !== "https:") || url.username || url.password) return undefined;
    return `${url.origin}/console/`;
  } catch {
    return undefined;
  }
}

function keptNodes(): Kept[] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]") as unknown;
    return !Array.isArray(kept) ? [] : kept.flatMap((each: Partial<Kept>) => {
      const url = consoleUrl(String(each?.url));
      return url ? [{ name: String(each.name), url }] : [];
    });
  } catch {
    return []; // the browser keeps nothing, or something else
  }
}

export function Nodes(_: { route: Route }) {
  const node = useNode();
  const [kept, setKept] = useState(keptNodes);
  const [name, setName] = useState("");
  const [place, setPlace] = useState("");
  const [wrong, setWrong] = useState("");
  const keep = (nodes: Kept[]) => {
    setKept(nodes);
    try {
      localStorage.setItem(KEY, JSON.stringify(nodes));
    } catch {
      setWrong("This browser keeps nothing: the list is gone with the tab.");
    }
  };
  const add = () => {
    const url = consoleUrl(place.trim());
    if (!url) return setWrong("Say where its http listener is: 10.0.0.7:8672, or with https: before it.");
    setWrong("");
    const added = { name: name.trim() || new URL(url).host, url };
    keep([...kept.filter((each) => each.url !== url), added].slice(-KEPT_MAX));
    setName("");
    setPlace("");
  };
  return (
    <>
      {kept.length === 0 && <p class="empty">No other console is kept. Add those that you go to often.</p>}
      {kept.length > 0 && (
        <ul class="nodes" aria-label="Kept consoles">
          {kept.map((each) => (
            <li key={each.url}>
              <a href={each.url} rel="noreferrer">{each.name}</a> <small>{new URL(each.url).host}</small>{" "}
              <button type="button" aria-label={`Forget ${each.name}`}
                onClick={() => keep(kept.filter(({ url }) => url !== each.url))}>Forget</button>
            </li>
          ))}
        </ul>
      )}
      <form class="tools" onSubmit={(event) => { event.preventDefault(); add(); }}>
        <label>Host and port <input value={place} onInput={(event) => setPlace(event.currentTarget.value)} /></label>
        <label>Name <input value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>
        <button type="submit">Keep</button>
      </form>
      {wrong && <p class="failure" role="alert">{wrong}</p>}
      {node.types.has("router.node") && <Known choose={(id, host) => { setName(id); setPlace(host); }} />}
      <p class="note">They are kept in this browser. Passwords and tokens are not: each tab asks for them.</p>
    </>
  );
}

/** Nodes that this router knows: of neighbours and containers also where they are. */
function Known({ choose }: { choose: (id: string, host: string) => void }) {
  const nodes = useList("router.node", { attributes: ["identity", "id", "reachable"], count: LIST_MAX }, 15);
  const peers = useList("connection", {
    attributes: ["identity", "container", "role", "host"], where: ["role!=normal"], count: LIST_MAX,
  }, 15);
  const hosts = new Map((peers.data?.rows ?? []).map((row) =>
    [text(row["container"]), text(row["host"]).replace(/:\d+$/, "")]));
  const ids = (nodes.data?.rows ?? []).map((row) => text(row["id"]));
  const all = [...new Set([...ids, ...hosts.keys()])].sort();
  if (all.length === 0) return null;
  return (
    <section aria-label="Known nodes">
      <h2>Known to this router</h2>
      <ul class="nodes">
        {all.map((id) => (
          <li key={id}>
            {id} <small>{hosts.get(id) ?? ""}</small>{" "}
            <button type="button" aria-label={`Add ${id}`}
              onClick={() => choose(id, `${hosts.get(id) ?? ""}:${location.port || "8672"}`)}>Add</button>
          </li>
        ))}
      </ul>
    </section>
  );
}
