// Several tables of one page, each with an address of its own: "#/devices/sessions".
import type { ComponentChildren } from "preact";
import type { Entity } from "./api";
import { useNode } from "./node";
import { linkTo, type Route } from "./route";
import { EntityTable, type Column } from "./table";

export interface Tab {
  type: string;
  title: string;
  attributes: readonly string[];
  sort: string;
  columns: readonly Column[];
  empty: string;
  choose?: (rows: readonly Entity[]) => ComponentChildren; // as a table has it
}

interface TabbedOf {
  page: string; // that they are on
  label: string;
  tabs: Record<string, Tab>; // by their part of the address; the first one is shown where it says none
  route: Route;
  again?: number;
}

/** Those of the tabs whose type the node has. */
export function Tabbed({ page, label, tabs, route, again }: TabbedOf) {
  const node = useNode();
  const there = Object.entries(tabs).filter(([, tab]) => node.types.has(tab.type));
  const [name, tab] = there.find(([key]) => key === route.rest) ?? there[0] ?? [];
  if (!tab) return null;
  return (
    <>
      <nav class="tabs" aria-label={label}>
        {there.map(([key, each]) => (
          <a key={key} href={linkTo(page, key)} aria-current={key === name ? "page" : undefined}>{each.title}</a>
        ))}
      </nav>
      <EntityTable key={name} again={again ?? 0} route={route} type={tab.type} caption={tab.title}
        columns={tab.columns} attributes={tab.attributes} sort={tab.sort} empty={tab.empty}
        choose={tab.choose} />
    </>
  );
}
