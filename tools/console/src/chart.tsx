// Lines over time. What they say last stands beside them, for those who don't see them.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Points } from "./trend";

export interface Line {
  title: string;
  colour: string; // a variable of the style: "--accent"
}

interface ChartOf {
  title: string;
  lines: readonly Line[];
  points: Points;
  shown: (value: number | undefined) => string;
}

const HEIGHT = 170; // pixels
const WINDOW = 300; // seconds that are seen
const styled = (name: string) => () => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const clock = (at: number): string => new Date(at * 1000).toLocaleTimeString("en-GB");
const dataOf = ({ times, lines }: Points): uPlot.AlignedData => [times, ...lines];

function plotOf(place: HTMLElement, { lines, points, shown }: ChartOf): uPlot {
  const axis = { stroke: styled("--soft"), grid: { stroke: styled("--line"), width: 1 }, ticks: { show: false } };
  return new uPlot(
    {
      width: Math.max(place.clientWidth, 120),
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { range: (_, __, last) => [(last ?? 0) - WINDOW, last ?? 0] },
        y: { range: (_, least, most) => [Math.min(0, least ?? 0), Math.max(1, (most ?? 0) * 1.1)] },
      },
      axes: [
        { ...axis, values: (_, times) => times.map(clock), space: 90 },
        { ...axis, values: (_, values) => values.map((value) => shown(value)), size: 60 },
      ],
      series: [{}, ...lines.map(({ title, colour }) => ({
        label: title, stroke: styled(colour), width: 2, points: { show: false },
      }))],
    },
    dataOf(points), place);
}

export function Chart(of: ChartOf) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    const made = plotOf(box, of);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: Math.max(box.clientWidth, 120), height: HEIGHT }));
    watch.observe(box);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const redraw = () => made.redraw();
    dark.addEventListener("change", redraw);
    return () => {
      watch.disconnect();
      dark.removeEventListener("change", redraw);
      made.destroy();
    };
  }, []);
  const { times, lines } = of.points;
  useEffect(() => { plot.current?.setData(dataOf(of.points)); }, [times[times.length - 1]]);
  const values = of.lines.map((_, i) => lines[i]?.[times.length - 1] ?? undefined);
  return (
    <figure class="chart">
      <figcaption>
        {of.title}
        {of.lines.map(({ title, colour }, i) => (
          <span key={title}>
            <i class={`swatch ${colour.slice(2)}`} aria-hidden="true" /> {title} <b>{of.shown(values[i])}</b>
          </span>
        ))}
      </figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  );
}
