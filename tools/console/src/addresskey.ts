// Keys of router.address as people say them: "M0orders" is the address orders.

const CLASSES: Record<string, string> = {
  M: "mobile", L: "local", T: "all routers", R: "router", A: "area", C: "link route in", D: "link route out",
  E: "link route in", F: "link route out", H: "edge", G: "placeholder",
};

export interface AddressName {
  address: string;
  kind: string;
  phase: string; // of a mobile one, empty unless it is another than 0
}

export function nameOf(key: string): AddressName {
  const letter = key[0] ?? "";
  const kind = CLASSES[letter] ?? "other";
  if (letter !== "M") return { address: key.slice(1), kind, phase: "" };
  const phase = key[1] ?? "0";
  return { address: key.slice(2), kind, phase: phase === "0" ? "" : phase };
}

/** What clients use, rather than routers among themselves. */
export const isForClients = (key: string): boolean =>
  /^[MCDEF]/.test(key) && !/^M.(\$|_)/.test(key);
