// A table of entities of one type: pages, filter and order are the node's, and stand in the view's address.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Entity } from "./api";
import { counted } from "./format";
import { useList } from "./live";
import { change, type Route } from "./route";
import { Failure } from "./parts";

export const PAGE_ROWS = 100;

export interface Column {
  name: string; // the attribute, or a word of ours where `sorts` is false
  title: string;
  cell: (row: Entity, at: number) => ComponentChildren; // `at`: when it was told
  numeric?: boolean;
  sorts?: boolean; // true unless it is said
  wide?: boolean; // left out on a narrow screen
}

export interface TableOf {
  route: Route;
  type: string;
  caption: string; // of what: "Addresses"
  attributes: readonly string[];
  columns: readonly Column[];
  sort: string; // unless the view's address says otherwise
  empty: ComponentChildren; // what to say, and to do, where there is nothing
  where?: readonly string[]; // which rows are meant at all, as the API takes it
  actions?: ComponentChildren;
  again?: number; // another number: the node is asked at once, and nothing is chosen
  choose?: ((rows: readonly Entity[]) => ComponentChildren) | undefined; // what may be done to those that are chosen
}

export function EntityTable(of: TableOf) {
  const { route } = of;
  const match = route.query.get("match") ?? "";
  const sort = route.query.get("sort") ?? of.sort;
  const page = Math.max(1, Math.floor(Number(route.query.get("page") ?? 1)) || 1);
  const live = useList(of.type, {
    attributes: of.attributes, where: of.where ?? [], match, sort, offset: (page - 1) * PAGE_ROWS, count: PAGE_ROWS,
  });
  const [chosen, setChosen] = useState<ReadonlyMap<string, Entity>>(new Map());
  useEffect(() => {
    if (of.again) live.again();
    setChosen(new Map());
  }, [of.again]);
  const rows = live.data?.rows ?? [];
  const mark = (marked: readonly Entity[], on: boolean) => {
    const next = new Map(chosen);
    for (const row of marked) {
      if (on) next.set(keyOf(row), row);
      else next.delete(keyOf(row));
    }
    setChosen(next);
  };
  const total = live.data?.total ?? 0;
  return (
    <section aria-label={of.caption}>
      <div class="tools">
        <Filter route={route} label={`Filter ${of.caption.toLowerCase()}`} />
        {of.actions}
        <span class="spring" />
        <Pages route={route} page={page} total={total} />
      </div>
      {of.choose && chosen.size > 0 && (
        <div class="tools chosen" role="group" aria-label="What is chosen">
          <span>{chosen.size} chosen:</span>
          {of.choose([...chosen.values()])}
          <button type="button" onClick={() => setChosen(new Map())}>Choose none</button>
        </div>
      )}
      {live.error && <Failure error={live.error} again={live.again} />}
      {live.data?.missing && <p class="note">Not all is known: {live.data.missing}</p>}
      <div class="scroll" tabIndex={0} role="region" aria-label={`Table of ${of.caption.toLowerCase()}`}>
        <table>
          <caption class="unseen">{of.caption}</caption>
          <thead>
            <tr>
              {of.choose && (
                <th scope="col">
                  <input type="checkbox" aria-label="Choose all of this page" disabled={rows.length === 0}
                    checked={rows.length > 0 && rows.every((row) => chosen.has(keyOf(row)))}
                    onChange={(event) => mark(rows, event.currentTarget.checked)} />
                </th>
              )}
              {of.columns.map((column) => <Head key={column.name} column={column} sort={sort} route={route} />)}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={keyOf(row)}>
                {of.choose && (
                  <td>
                    <input type="checkbox" aria-label={`Choose ${nameOfRow(row, of.columns)}`}
                      checked={chosen.has(keyOf(row))}
                      onChange={(event) => mark([row], event.currentTarget.checked)} />
                  </td>
                )}
                {of.columns.map((column) => (
                  <td key={column.name} class={cellClass(column)}>{column.cell(row, live.data?.at ?? 0)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {live.data && rows.length === 0 && (
        <div class="empty">{match ? <>Nothing here contains “{match}”.</> : of.empty}</div>
      )}
      {!live.data && !live.error && <p class="empty">Asking…</p>}
    </section>
  );
}

const keyOf = (row: Entity): string => String(row["identity"] ?? row["name"]);
/** As its first column says it. */
const nameOfRow = (row: Entity, columns: readonly Column[]): string =>
  String(row[columns[0]?.name ?? ""] ?? row["name"] ?? keyOf(row));

const cellClass = (column: Column) =>
  [column.numeric ? "number" : "", column.wide ? "wide" : ""].join(" ").trim();

function Head({ column, sort, route }: { column: Column; sort: string; route: Route }) {
  if (column.sorts === false) {
    return <th scope="col" class={cellClass(column)}>{column.title}</th>;
  }
  const up = sort === column.name;
  const down = sort === `-${column.name}`;
  const next = down || (!up && !column.numeric) ? column.name : `-${column.name}`;
  return (
    <th scope="col" class={cellClass(column)} aria-sort={up ? "ascending" : down ? "descending" : "none"}>
      <button type="button" class="sorter" onClick={() => change(route, { sort: next, page: "" })}>
        {column.title}
        <span aria-hidden="true">{up ? " ▲" : down ? " ▼" : ""}</span>
      </button>
    </th>
  );
}

const TYPING = 250; // ms without a key before the node is asked

function Filter({ route, label }: { route: Route; label: string }) {
  const match = route.query.get("match") ?? "";
  const [typed, setTyped] = useState(match);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => setTyped(match), [match]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const take = (text: string) => {
    setTyped(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => change(route, { match: text.trim(), page: "" }), TYPING);
  };
  return (
    <input id="filter" type="search" value={typed} placeholder="Filter  ( / )" aria-label={label}
      onInput={(event) => take(event.currentTarget.value)} />
  );
}

function Pages({ route, page, total }: { route: Route; page: number; total: number }) {
  const last = Math.max(1, Math.ceil(total / PAGE_ROWS));
  const go = (to: number) => change(route, { page: to === 1 ? "" : String(to) });
  return (
    <span class="pages">
      <span role="status">{counted(total, "row")}</span>
      {last > 1 && (
        <>
          <button type="button" disabled={page <= 1} onClick={() => go(page - 1)}>Back</button>
          <span>{page} of {last}</span>
          <button type="button" disabled={page >= last} onClick={() => go(page + 1)}>Next</button>
        </>
      )}
    </span>
  );
}
