// An AMQP message as the broker keeps it, read: AMQP 1.0 §1.6, §3.2. Total: what is damaged ends the reading.

export type AmqpValue = null | boolean | number | bigint | string | Uint8Array | AmqpValue[] | AmqpMap | Described;
export type AmqpMap = Map<AmqpValue, AmqpValue>;
export interface Described {
  descriptor: AmqpValue;
  value: AmqpValue;
}

export interface AmqpMessage {
  sections: [string, [string, AmqpValue][]][]; // header, properties and others, by name
  body: AmqpValue[];
  bodyKind: string; // "data", "value", "sequence", "" where there is none
  damaged: string; // why the reading ended early; empty: it did not
}

const NESTING_MAX = 32;
const BYTELESS_MAX = 256; // elements of an array that take no bytes, as the router has it
const utf8 = new TextDecoder();
const SECTIONS: Record<number, string> = {
  0x70: "Header", 0x71: "Delivery annotations", 0x72: "Message annotations", 0x73: "Properties",
  0x74: "Application properties", 0x78: "Footer",
};
const FIELDS: Record<number, string[]> = {
  0x70: ["durable", "priority", "ttl", "first-acquirer", "delivery-count"],
  0x73: [
    "message-id", "user-id", "to", "subject", "reply-to", "correlation-id", "content-type", "content-encoding",
    "absolute-expiry-time", "creation-time", "group-id", "group-sequence", "reply-to-group-id",
  ],
};

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

class Reader {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  private skip(count: number): number {
    const from = this.at;
    if (from + count > this.bytes.length) throw new Error("it ends in the midst of a value");
    this.at += count;
    return from;
  }

  private size(wide: boolean): number {
    return wide ? this.view.getUint32(this.skip(4)) : this.view.getUint8(this.skip(1));
  }

  private part(count: number): Uint8Array {
    const from = this.skip(count);
    return this.bytes.subarray(from, from + count);
  }

  value(depth = 0): AmqpValue {
    if (depth > NESTING_MAX) throw new Error("its values are nested too deeply");
    const code = this.view.getUint8(this.skip(1));
    if (code === 0x00) {
      const descriptor = this.value(depth + 1);
      return { descriptor, value: this.value(depth + 1) };
    }
    return this.plain(code, depth);
  }

  private plain(code: number, depth: number): AmqpValue {
    const view = this.view;
    switch (code) {
      case 0x40: return null;
      case 0x41: return true;
      case 0x42: return false;
      case 0x56: return view.getUint8(this.skip(1)) !== 0;
      case 0x43: case 0x44: return 0;
      case 0x45: return [];
      case 0x50: case 0x52: case 0x53: return view.getUint8(this.skip(1));
      case 0x51: case 0x54: case 0x55: return view.getInt8(this.skip(1));
      case 0x60: return view.getUint16(this.skip(2));
      case 0x61: return view.getInt16(this.skip(2));
      case 0x70: return view.getUint32(this.skip(4));
      case 0x71: return view.getInt32(this.skip(4));
      case 0x72: return view.getFloat32(this.skip(4));
      case 0x73: return String.fromCodePoint(view.getUint32(this.skip(4)));
      case 0x80: return view.getBigUint64(this.skip(8));
      case 0x81: return view.getBigInt64(this.skip(8));
      case 0x82: return view.getFloat64(this.skip(8));
      case 0x83: return timestamp(view.getBigInt64(this.skip(8)));
      case 0x98: return uuid(this.part(16));
      case 0xa0: case 0xb0: return this.part(this.size(code === 0xb0));
      case 0xa1: case 0xa3: case 0xb1: case 0xb3: return utf8.decode(this.part(this.size(code >= 0xb0)));
      case 0xc0: case 0xd0: return this.items(code === 0xd0, depth);
      case 0xc1: case 0xd1: return mapOf(this.items(code === 0xd1, depth));
      case 0xe0: case 0xf0: return this.array(code === 0xf0, depth);
      default: throw new Error(`it has a value of the unknown kind 0x${code.toString(16)}`);
    }
  }

  private items(wide: boolean, depth: number): AmqpValue[] {
    const inner = new Reader(this.part(this.size(wide)));
    inner.size(wide); // their number: they end with the bytes
    const values: AmqpValue[] = [];
    while (!inner.done) values.push(inner.value(depth + 1));
    return values;
  }

  private array(wide: boolean, depth: number): AmqpValue[] {
    if (depth > NESTING_MAX) throw new Error("its values are nested too deeply");
    const inner = new Reader(this.part(this.size(wide)));
    const count = inner.size(wide);
    let code = inner.view.getUint8(inner.skip(1));
    if (code === 0x00) {
      inner.value(depth + 1);
      code = inner.view.getUint8(inner.skip(1));
    }
    const byteless = code >= 0x40 && code <= 0x45; // null, true, false, 0, 0, []: the bytes bound nothing
    if (byteless && count > BYTELESS_MAX) throw new Error("an array in it has too many elements without bytes");
    const values: AmqpValue[] = [];
    while (values.length < count && (byteless || !inner.done)) values.push(inner.plain(code, depth + 1));
    return values;
  }
}

function timestamp(milliseconds: bigint): AmqpValue {
  const date = new Date(Number(milliseconds));
  return Number.isNaN(date.getTime()) ? milliseconds : date.toISOString();
}

function uuid(bytes: Uint8Array): string {
  const hex = hexOf(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const hexOf = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function mapOf(items: AmqpValue[]): AmqpMap {
  const map: AmqpMap = new Map();
  for (let i = 0; i + 1 < items.length; i += 2) map.set(items[i] ?? null, items[i + 1] ?? null);
  return map;
}

const isDescribed = (value: AmqpValue): value is Described =>
  value !== null && typeof value === "object" && "descriptor" in value;

export function readMessage(bytes: Uint8Array): AmqpMessage {
  const message: AmqpMessage = { sections: [], body: [], bodyKind: "", damaged: "" };
  const reader = new Reader(bytes);
  try {
    while (!reader.done) take(reader.value(), message);
  } catch (error) {
    message.damaged = error instanceof RangeError ? "it ends in the midst of a value" : (error as Error).message;
  }
  return message;
}

function take(section: AmqpValue, message: AmqpMessage): void {
  if (!isDescribed(section)) throw new Error("it has something that is no section");
  const code = Number(section.descriptor);
  const kind = { 0x75: "data", 0x76: "sequence", 0x77: "value" }[code];
  if (kind) {
    message.bodyKind = kind;
    message.body.push(section.value);
    return;
  }
  const fields = fieldsOf(code, section.value);
  if (fields.length > 0) message.sections.push([SECTIONS[code] ?? `Section ${code}`, fields]);
}

function fieldsOf(code: number, value: AmqpValue): [string, AmqpValue][] {
  if (value instanceof Map) return [...value].map(([name, each]) => [shown(name), each]);
  if (!Array.isArray(value)) return [];
  const fields = value.map((each, i): [string, AmqpValue] => [FIELDS[code]?.[i] ?? String(i), each]);
  return fields.filter(([, each]) => each !== null);
}

/** As text for people; bytes as text where they are that, as hex otherwise. */
export function shown(value: AmqpValue): string {
  if (value instanceof Uint8Array) return textOf(value) ?? hexOf(value);
  if (value === null || typeof value !== "object") return String(value);
  return JSON.stringify(plain(value), null, 2);
}

function plain(value: AmqpValue): unknown {
  if (value instanceof Uint8Array) return textOf(value) ?? hexOf(value);
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [shown(key), plain(each)]));
  return isDescribed(value) ? plain(value.value) : value;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return /[\0-\x08\x0e-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

export type BodyForm = "text" | "json" | "hex";

export function bodyText(message: AmqpMessage, form: BodyForm): string {
  if (form === "hex") {
    return message.body.map((part) => hexOf(part instanceof Uint8Array ? part : new TextEncoder().encode(shown(part)))
      .replace(/(.{32})/g, "$1\n")).join("\n");
  }
  const text = message.body.map(shown).join("\n");
  if (form === "text") return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
