import { useMemo, useState } from "preact/hooks";
import { list } from "../api";
import { isForClients, nameOf } from "../addresskey";
import { count, number, rate, text } from "../format";
import { Rates, useLive } from "../live";
import { leavesOf, MeshPicture, useMesh, type Seen } from "../mesh";
import { useNode } from "../node";
import { Failure, Mark } from "../parts";
import { addressesLost, lossOf, meshOf, waysTo, type Loss } from "../paths";
import { change, linkTo, type Route } from "../route";

export function MeshMap({ route }: { route: Route }) {
  const node = useNode();
  const live = useMesh();
  const rates = useMemo(() => new Rates(), []);
  const seen = live.data;
  const fails = route.query.get("fails") ?? "";
  const flow = route.query.get("flow") ?? "";
  const failed = seen?.nodes.some((each) => text(each["id"]) === fails) ? fails : "";
  const loss = seen && failed ? lossOf(meshOf(seen.nodes), node.id, failed) : undefined;
  const hosts = useHosts(flow);
  const ways = seen && !failed ? waysTo(meshOf(seen.nodes), node.id, hosts) : [];
  return (
    <>
      {live.error && <Failure error={live.error} again={live.again} />}
      {seen && seen.nodes.length < 2 && (
        <p class="empty">This router is alone: a connector of the role inter-router joins it to others.</p>
      )}
      {seen && seen.nodes.length > 1 && <FlowChoice flow={flow} route={route} hosts={hosts} />}
      {seen && seen.nodes.length > 0 && (
        <MeshPicture nodes={seen.nodes} self={node.id} leaves={leavesOf(seen)} ways={ways}
          goals={new Set(hosts)} failed={failed} cut={new Set(loss?.cut)} />
      )}
      {seen && seen.nodes.length > 1 && !failed && (
        <p class="note">Choose a router to see what would become of the mesh if it failed.</p>
      )}
      {loss && <Failing failed={failed} loss={loss} />}
      {seen && <Neighbours seen={seen} rates={rates} />}
    </>
  );
}

/** The routers that have receivers of an address, as this one knows. */
function useHosts(address: string): string[] {
  const key = `M0${address}`;
  const told = useLive(`hosts ${key}`, async () => {
    if (!address) return [];
    const { rows } = await list("router.address", {
      attributes: ["key", "remoteHostRouters"], where: [`key=${key}`], count: 50,
    });
    const hosts = rows.find((row) => row["key"] === key)?.["remoteHostRouters"];
    return Array.isArray(hosts) ? hosts.map(text) : [];
  });
  return told.data ?? [];
}

function FlowChoice({ flow, route, hosts }: { flow: string; route: Route; hosts: string[] }) {
  const [typed, setTyped] = useState(flow);
  return (
    <form class="tools" onSubmit={(event) => { event.preventDefault(); change(route, { flow: typed, fails: "" }); }}>
      <label>
        Flow of{" "}
        <input type="search" id="filter" value={typed} placeholder="an address"
          onInput={(event) => setTyped(event.currentTarget.value)} />
      </label>
      <button type="submit">Show</button>
      <span role="status">
        {flow && (hosts.length > 0 ? `Receivers of ${flow} are at ${hosts.join(", ")}.`
          : `No other router is known to receive from ${flow}.`)}
      </span>
    </form>
  );
}

const LOST_SHOWN = 100;

/** What would become of the mesh, and of addresses, as seen from this router. */
function Failing({ failed, loss }: { failed: string; loss: Loss }) {
  const { cut, longer } = loss;
  const addresses = useLive(`lost ${failed}`, () => list("router.address", {
    attributes: ["key", "subscriberCount", "remoteCount", "remoteHostRouters"], where: ["key=M*", "remoteCount!=0"],
  }), 30);
  const gone = new Set([failed, ...cut]);
  const rows = (addresses.data?.rows ?? []).filter((row) => isForClients(text(row["key"])));
  const lost = addressesLost(rows, gone);
  const silent = lost.filter((each) => each.left === 0);
  return (
    <section class="entity" aria-label={`If ${failed} fails`}>
      <h2>If {failed} fails</h2>
      <div role="status"><ul>
        <li>
          {cut.length === 0 ? "All other routers are reached still." : `Not reached any more: ${cut.join(", ")}.`}
        </li>
        {longer.map(({ router, before, after }) => (
          <li key={router}>The way to {router} costs {after} instead of {before}.</li>
        ))}
        {addresses.data && (
          <li>
            {silent.length === 0 ? "No address loses all of its receivers."
              : silent.length === 1 ? "1 address loses all of its receivers."
                : `${count(silent.length)} addresses lose all of their receivers.`}
            {lost.length > silent.length && ` ${lost.length - silent.length} lose some of them.`}
          </li>
        )}
      </ul></div>
      {addresses.error && <Failure error={addresses.error} again={addresses.again} />}
      {addresses.data?.missing && <p class="note">Not all is known: {addresses.data.missing}</p>}
      {lost.length > 0 && (
        <ul>
          {lost.slice(0, LOST_SHOWN).map((each) => {
            const { address } = nameOf(each.key);
            return (
              <li key={each.key}>
                <a href={linkTo("address", address)}>{address}</a>{" "}
                {each.left === 0 ? <Mark bad>nobody is left</Mark> : <>loses {each.routers.join(", ")}</>}
              </li>
            );
          })}
          {lost.length > LOST_SHOWN && <li>and {lost.length - LOST_SHOWN} more</li>}
        </ul>
      )}
      <p class="note">
        As this router sees the mesh now; a broker behind {failed} is lost with it. <code>weft sim</code> plays through
        loads and whole days. <a href={linkTo("map")}>Back to the mesh as it is</a>
      </p>
    </section>
  );
}

function Neighbours({ seen, rates }: { seen: Seen; rates: Rates }) {
  const nodes = new Map(seen.nodes.map((each) => [text(each["id"]), each]));
  return (
    <section aria-label="Connections of this router to others">
      <h2>Connections of this router to routers and containers</h2>
      {seen.containers.length === 0 && <p class="empty">It has none.</p>}
      {seen.containers.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Table of neighbours">
          <table>
            <thead>
              <tr>
                <th scope="col">Peer</th><th scope="col">Role</th><th scope="col">Reached</th>
                <th scope="col" class="number">Cost</th><th scope="col" class="number">To it/s</th>
                <th scope="col" class="number">From it/s</th><th scope="col" class="number">Unsettled</th>
              </tr>
            </thead>
            <tbody>
              {seen.containers.map((each) => {
                const id = text(each["identity"]);
                const links = seen.links.filter((link) => link["connectionId"] === id);
                const sum = (name: string, dir?: string) => links
                  .filter((link) => dir === undefined || link["linkDir"] === dir)
                  .reduce((total, link) => total + number(link, name), 0);
                const peer = nodes.get(text(each["container"]));
                const speed = (dir: string) =>
                  links.length === 0 ? "–" : rate(rates.of(`${id} ${dir}`, sum("deliveryCount", dir), seen.at));
                return (
                  <tr key={id}>
                    <td><a href={linkTo("links", "", { connection: id })}>{text(each["container"])}</a></td>
                    <td>{text(each["role"])}</td>
                    <td>{peer?.["reachable"] === false ? <Mark bad>lost</Mark> : "yes"}</td>
                    <td class="number">{count(peer?.["cost"])}</td>
                    <td class="number">{speed("out")}</td>
                    <td class="number">{speed("in")}</td>
                    <td class="number">{count(sum("unsettledCount"))}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
