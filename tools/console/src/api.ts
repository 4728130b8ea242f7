// The JSON API of the node that serves this page (common/mgmt/http_api.hpp).

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Entity = { [name: string]: Json };

/** What a node says that it will not or can't do; status 0: it can't be reached. */
export class ApiError extends Error {
  constructor(text: string, readonly status: number) {
    super(text);
  }
}

export interface Page {
  rows: Entity[];
  total: number; // of all pages
  missing: string; // what is left out because it is not known in time
  at: number; // when it was told, in ms of performance.now()
}

export interface EntityType {
  type: string;
  description: string;
  operations: string[];
}

// Who asks, as the header Authorization says it. It is kept for this tab alone, and ends with it.
const LOGIN_KEY = "weft.login";
export const LOGIN_NEEDED = "weft-login-needed"; // an event of the window

let authorization = keptLogin();

function keptLogin(): string {
  try {
    return sessionStorage.getItem(LOGIN_KEY) ?? "";
  } catch {
    return ""; // the browser keeps nothing: it is asked for after each reload
  }
}

export const credentials = (): string => authorization;

/** From now on, and after the page is loaded anew; empty: nobody. */
export function logIn(said: string): void {
  authorization = said;
  try {
    if (said) sessionStorage.setItem(LOGIN_KEY, said);
    else sessionStorage.removeItem(LOGIN_KEY);
  } catch {
    // It is known until the page is left.
  }
}

export const logOut = (): void => logIn("");

export function basic(user: string, password: string): string {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

const ANSWER_MAX = 35_000; // ms; the node gives up after 30 s

async function ask(method: string, path: string, body?: Json): Promise<Response> {
  let response: Response;
  const login = credentials();
  try {
    response = await fetch(path, {
      method,
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_MAX),
      headers: {
        ...(login ? { Authorization: login } : {}),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError("The node does not answer. Is it running, and is the way to it open?", 0);
  }
  if (!response.ok) {
    if (response.status === 401) dispatchEvent(new Event(LOGIN_NEEDED));
    throw new ApiError(await failureOf(response), response.status);
  }
  return response;
}

async function failureOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const said = JSON.parse(text) as { error?: unknown };
    if (typeof said.error === "string") return said.error;
  } catch {
    // It is no JSON: its text is what there is to say.
  }
  return text.trim() || `The node answered ${response.status}`;
}

const pathOf = (type: string, id: string) =>
  `/api/${encodeURIComponent(type)}/${encodeURIComponent(id)}`;

export async function types(): Promise<EntityType[]> {
  return (await (await ask("GET", "/api")).json()) as EntityType[];
}

export interface Me {
  user: string;
  access: string; // "viewer", "operator", "admin"
  operations: Record<string, string[]>; // what this user may do, by type
}

/** Who asks; undefined where the node lets everybody do everything, and so tells nobody who he is. */
export async function me(): Promise<Me | undefined> {
  try {
    return (await (await ask("GET", "/api/me")).json()) as Me;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

export async function health(): Promise<Entity> {
  return (await (await ask("GET", "/healthz")).json()) as Entity;
}

export interface Wanted {
  attributes?: readonly string[];
  where?: readonly string[]; // "linkType=endpoint", "key!=M0$*": all must hold
  match?: string; // text that one of the attributes contains
  sort?: string; // an attribute; "-" before it: the largest first
  offset?: number;
  count?: number;
}

export function listPath(type: string, wanted: Wanted): string {
  const query: string[] = [];
  const say = (name: string, value: string | number | undefined) => {
    if (value) query.push(`${name}=${encodeURIComponent(value)}`);
  };
  if (wanted.attributes) query.push(`attributes=${wanted.attributes.map(encodeURIComponent).join(",")}`);
  for (const condition of wanted.where ?? []) say("where", condition);
  say("match", wanted.match);
  say("sort", wanted.sort);
  say("offset", wanted.offset);
  say("count", wanted.count);
  return `/api/${encodeURIComponent(type)}?${query.join("&")}`;
}

export async function list(type: string, wanted: Wanted = {}): Promise<Page> {
  const response = await ask("GET", listPath(type, wanted));
  const rows = (await response.json()) as Entity[];
  return {
    rows,
    total: Number(response.headers.get("Weft-Total") ?? rows.length),
    missing: response.headers.get("Weft-Incomplete") ?? "",
    at: performance.now(),
  };
}

export async function read(type: string, id: string): Promise<Entity> {
  return (await (await ask("GET", pathOf(type, id))).json()) as Entity;
}

export async function operate(type: string, operation: string, properties: Entity): Promise<Json> {
  const path = `/api/${encodeURIComponent(type)}?operation=${encodeURIComponent(operation)}`;
  const response = await ask("POST", path, properties);
  return response.status === 204 ? null : ((await response.json()) as Json);
}

export async function create(type: string, attributes: Entity): Promise<Entity> {
  return (await (await ask("POST", `/api/${encodeURIComponent(type)}`, attributes)).json()) as Entity;
}

export async function update(type: string, id: string, attributes: Entity): Promise<void> {
  await ask("PATCH", pathOf(type, id), attributes);
}

export async function remove(type: string, id: string): Promise<void> {
  await ask("DELETE", pathOf(type, id));
}
