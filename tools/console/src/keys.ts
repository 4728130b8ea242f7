// What single keys do while nothing is being typed.
import { useEffect } from "preact/hooks";
import { linkTo } from "./route";

interface Goal {
  name: string;
  key: string;
}

const SEQUENCE = 1500; // ms between "g" and the key of a page

const types = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable);

export function useKeys(pages: readonly Goal[], help: () => void, close: () => void): void {
  useEffect(() => {
    let went = 0;
    const take = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") close();
      if (types(event.target) || document.querySelector("dialog[open]")) return;
      const goal = event.timeStamp - went < SEQUENCE ? pages.find((page) => page.key === event.key) : undefined;
      went = event.key === "g" ? event.timeStamp : -SEQUENCE;
      if (goal) {
        location.hash = linkTo(goal.name);
      } else if (event.key === "/") {
        document.getElementById("filter")?.focus();
      } else if (event.key === "?") {
        help();
      } else {
        return;
      }
      event.preventDefault();
    };
    addEventListener("keydown", take);
    return () => removeEventListener("keydown", take);
  }, [pages.map((page) => page.name).join(" ")]);
}
