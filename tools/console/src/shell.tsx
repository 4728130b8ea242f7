// The frame of all pages: whose console it is, how that is, and where one may go.
import { useEffect, useState } from "preact/hooks";
import type { FunctionComponent } from "preact";
import { credentials, LOGIN_NEEDED, logOut } from "./api";
import { useKeys } from "./keys";
import { useLive } from "./live";
import { Login } from "./login";
import { askHealth, askNode, NodeContext, type Health, type Node } from "./node";
import { PAGES } from "./pages";
import { Failure, Mark } from "./parts";
import { linkTo, useRoute, type Route } from "./route";

export interface PageOf {
  name: string; // in the address
  title: string;
  key: string; // after "g", goes there
  under?: string; // the page that leads to it, where it has no place of its own among the pages
  types: string[]; // shown where the node has one of them; none: everywhere
  view: FunctionComponent<{ route: Route }>;
}

export function Console() {
  const node = useLive("node", askNode, 60);
  const [stranger, setStranger] = useState(false);
  useEffect(() => {
    const ask = () => setStranger(true);
    addEventListener(LOGIN_NEEDED, ask);
    return () => removeEventListener(LOGIN_NEEDED, ask);
  }, []);
  if (stranger) return <Login done={() => { setStranger(false); node.again(); }} />;
  if (node.data) return <NodeContext.Provider value={node.data}><Frame node={node.data} /></NodeContext.Provider>;
  return (
    <main class="alone">
      <h1>Weft</h1>
      {node.error ? <Failure error={node.error} again={node.again} /> : <p>Asking the node…</p>}
    </main>
  );
}

function Frame({ node }: { node: Node }) {
  const route = useRoute();
  const health = useLive("health", askHealth, 5);
  const pages = PAGES.filter((page) => page.types.length === 0 || page.types.some((type) => node.types.has(type)));
  const page = pages.find((each) => each.name === route.page);
  const listed = pages.filter((each) => each.under === undefined);
  const title = page?.title ?? "Nothing here";
  const main = useMoves(route, title, node);
  const [help, setHelp] = useState(false);
  useKeys(listed, () => setHelp((shown) => !shown), () => setHelp(false));
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>
        Skip to the page
      </a>
      <header>
        <a class="brand" href={linkTo("overview")}>Weft</a>
        <span class="whose">{node.kind} <b>{node.id}</b></span>
        {node.me && <span class="whose">as <b>{node.me.user}</b>, {node.me.access}</span>}
        <HealthMark health={health.data} failed={health.error !== undefined} />
        <span class="spring" />
        {!credentials() && node.me && node.me.access !== "admin" && (
          <button type="button" onClick={() => dispatchEvent(new Event(LOGIN_NEEDED))}>Log in</button>
        )}
        {credentials() && (
          <button type="button" onClick={() => { logOut(); location.reload(); }}>Log out</button>
        )}
        <button type="button" onClick={() => setHelp((shown) => !shown)} aria-expanded={help}>Keys</button>
        <Theme />
      </header>
      <nav aria-label="Pages">
        <ul>
          {listed.map((each) => (
            <li key={each.name}>
              <a href={linkTo(each.name)} aria-current={each.name === (page?.under ?? page?.name) ? "page" : undefined}>
                {each.title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main" tabIndex={-1} ref={main}>
        {help && <Keys pages={listed} />}
        {health.error?.status === 0 && (
          <p class="failure" role="alert">
            The node does not answer: what you see is what it said last. It is asked again every few seconds.
          </p>
        )}
        <h1>{page?.under ? `${title} ${route.rest}` : title}</h1>
        {page ? <page.view route={route} key={page.name + route.rest} /> : <Nowhere route={route} node={node} />}
      </main>
    </>
  );
}

function Nowhere({ route, node }: { route: Route; node: Node }) {
  const known = PAGES.find((page) => page.name === route.page);
  return (
    <p class="empty">
      {known
        ? `This is a ${node.kind}, which has no ${known.title.toLowerCase()}: open the console of a node that does.`
        : "There is no such page."}{" "}
      <a href={linkTo("overview")}>To the overview</a>
    </p>
  );
}

function HealthMark({ health, failed }: { health: Health | undefined; failed: boolean }) {
  if (failed) return <Mark bad>no answer</Mark>;
  if (!health || health.status === "unknown") return null;
  return <a href={linkTo("overview")}><Mark bad={health.status !== "ok"}>{health.status}</Mark></a>;
}

/** The title of the window, and the focus, go where one goes. */
function useMoves(route: Route, title: string, node: Node) {
  const [main] = useState<{ current: HTMLElement | null }>({ current: null });
  const [first, setFirst] = useState(true);
  useEffect(() => {
    document.title = `${route.rest ? route.rest + " · " : ""}${title} · ${node.id} · Weft`;
    if (!first) main.current?.focus();
    setFirst(false);
  }, [route.page, route.rest]);
  return main;
}

const THEMES = ["system", "light", "dark"] as const;
type ThemeName = (typeof THEMES)[number];
const THEME_KEY = "weft.theme";

function keptTheme(): ThemeName {
  try {
    const kept = localStorage.getItem(THEME_KEY);
    return THEMES.find((theme) => theme === kept) ?? "system";
  } catch {
    return "system"; // the browser keeps nothing
  }
}

function keepTheme(theme: ThemeName): void {
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // It is chosen anew next time.
  }
}

function Theme() {
  const [theme, setTheme] = useState<ThemeName>(keptTheme);
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
    keepTheme(theme);
  }, [theme]);
  return (
    <label class="theme">
      <span class="unseen">Colours</span>
      <select value={theme} onChange={(event) => setTheme(event.currentTarget.value as ThemeName)}>
        <option value="system">As the system</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}

function Keys({ pages }: { pages: readonly PageOf[] }) {
  return (
    <section class="keys" aria-label="Keys">
      <dl>
        <div><dt><kbd>/</kbd></dt><dd>to the filter</dd></div>
        <div><dt><kbd>?</kbd></dt><dd>show or hide this</dd></div>
        <div><dt><kbd>Esc</kbd></dt><dd>close what is open</dd></div>
        {pages.map((page) => (
          <div key={page.name}><dt><kbd>g</kbd> <kbd>{page.key}</kbd></dt><dd>{page.title}</dd></div>
        ))}
      </dl>
    </section>
  );
}
