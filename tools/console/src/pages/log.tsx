import { operate } from "../api";
import { text } from "../format";
import { useLive } from "../live";
import { Ago, Failure, Mark } from "../parts";
import { change, type Route } from "../route";

const LINES = 500;
const LEVELS = ["trace", "debug", "info", "notice", "warning", "error", "critical"];

interface Line {
  module: string;
  level: string;
  words: string;
  place: string;
  at: number; // ms since 1970
}

async function lines(): Promise<Line[]> {
  const told = await operate("management", "GET-LOG", { limit: LINES });
  if (!Array.isArray(told)) return [];
  return told.filter(Array.isArray).map(([module, level, words, file, line, seconds]) => ({
    module: text(module), level: text(level), words: text(words), place: `${text(file)}:${text(line)}`,
    at: Number(seconds) * 1000,
  }));
}

export function Log({ route }: { route: Route }) {
  const live = useLive("log", lines);
  const match = (route.query.get("match") ?? "").toLowerCase();
  const least = LEVELS.indexOf(route.query.get("level") ?? "trace");
  const shown = (live.data ?? [])
    .filter((line) => LEVELS.indexOf(line.level) >= least)
    .filter((line) => `${line.module} ${line.words}`.toLowerCase().includes(match))
    .reverse();
  return (
    <>
      <div class="tools">
        <input id="filter" type="search" placeholder="Filter  ( / )" aria-label="Filter the log" value={match}
          onInput={(event) => change(route, { match: event.currentTarget.value })} />
        <label>
          At least{" "}
          <select value={LEVELS[least]} onChange={(event) => change(route, { level: event.currentTarget.value })}>
            {LEVELS.map((level) => <option key={level} value={level}>{level}</option>)}
          </select>
        </label>
        <span class="spring" />
        <span role="status">{shown.length} of the last {live.data?.length ?? 0} lines</span>
      </div>
      {live.error && <Failure error={live.error} again={live.again} />}
      <div class="scroll" tabIndex={0} role="region" aria-label="Lines of the log, the last one first">
        <table class="log">
          <thead>
            <tr>{["When", "Level", "Module", "What"].map((title) => <th key={title} scope="col">{title}</th>)}</tr>
          </thead>
          <tbody>
            {shown.map((line, i) => (
              <tr key={`${line.at} ${i}`}>
                <td><Ago at={line.at} /></td>
                <td><Mark bad={LEVELS.indexOf(line.level) >= 4}>{line.level}</Mark></td>
                <td>{line.module}</td>
                <td title={line.place}>{line.words}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {live.data && shown.length === 0 && (
        <p class="empty">No line is like that among those that are kept. weft manage makes a module say more.</p>
      )}
    </>
  );
}
