// Where one is: "#/addresses?match=orders&sort=-deliveriesIngress". Every view and filter has an address
// that can be sent to somebody.
import { useEffect, useState } from "preact/hooks";

export interface Route {
  page: string; // "addresses"
  rest: string; // of the path: the name of one address, decoded
  query: URLSearchParams;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [page = "", rest = ""] = path.split(/\/(.*)/s);
  return { page: page || "overview", rest: decoded(rest), query: new URLSearchParams(query) };
}

/** The address of a view; names in it may have any characters. Empty values are left out. */
export function linkTo(page: string, rest = "", query: Record<string, string> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== "");
  const text = new URLSearchParams(given).toString();
  return `#/${page}${rest && "/" + encodeURIComponent(rest)}${text && "?" + text}`;
}

/** The same view with other values, without another step for the browser's way back. */
export function change(route: Route, values: Record<string, string>): void {
  const query = { ...Object.fromEntries(route.query), ...values };
  history.replaceState(null, "", linkTo(route.page, route.rest, query));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}
