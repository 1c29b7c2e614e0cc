import { DecodeError } from "./errors.ts";

/** Stands in JSON for an attachment. */
interface Placeholder {
  readonly _placeholder: true;
  readonly num: number;
}

/**
 * Tells whether bytes are anywhere in `value`.
 *
 * Each sent packet passes here: primitives are skipped without a call.
 */
export function hasBinary(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isBinary(value)) return true;
  const json = toJsonValue(value);
  if (typeof json !== "object" || json === null) return false;
  return isBinary(json) || hasBinaryInside(json);
}

function hasBinaryInside(value: object): boolean {
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item === "object" && item !== null && hasBinary(item)) {
        return true;
      }
    }
    return false;
  }
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key]; // key comes from value itself
    if (
      typeof item === "object" && item !== null && hasBinary(item) &&
      Object.hasOwn(value, key)
    ) {
      return true;
    }
  }
  return false;
}

/** What JSON writes in place of `value`: the same, unless it has a `toJSON()`. */
function toJsonValue(value: object): unknown {
  const { toJSON } = value as { toJSON?: unknown }; // any property may be missing
  return typeof toJSON === "function" ? toJSON.call(value) : value;
}

/**
 * Copies `value` with placeholders where bytes were.
 *
 * @param value What is to be sent; it is not changed.
 * @param attachments Gets the bytes, in the order of their placeholders' numbers.
 */
export function detachBinary(
  value: unknown,
  attachments: (Uint8Array | Blob)[],
): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isBinary(value)) {
    const placeholder: Placeholder = {
      _placeholder: true,
      num: attachments.length,
    };
    attachments.push(toBytes(value));
    return placeholder;
  }
  const json = toJsonValue(value);
  return json === value
    ? copyInside(value, attachments)
    : detachJson(json, attachments);
}

/** The same for what a `toJSON()` returned, whose own is not called. */
function detachJson(
  value: unknown,
  attachments: (Uint8Array | Blob)[],
): unknown {
  if (typeof value !== "object" || value === null) return value;
  return isBinary(value)
    ? detachBinary(value, attachments)
    : copyInside(value, attachments);
}

function copyInside(
  value: object,
  attachments: (Uint8Array | Blob)[],
): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => detachBinary(item, attachments));
  }
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    define(copy, key, detachBinary(item, attachments));
  }
  return copy;
}

/**
 * Puts attachments back where their placeholders are, in place.
 *
 * @param value Parsed JSON.
 * @param attachments The bytes.
 * @returns `value`, or the bytes where it is a placeholder itself.
 * @throws {DecodeError} If a placeholder's number has no attachment.
 */
export function attachBinary(
  value: unknown,
  attachments: readonly Uint8Array[],
): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isPlaceholder(value)) {
    const attachment = typeof value.num === "number"
      ? attachments[value.num]
      : undefined;
    if (attachment === undefined) {
      throw new DecodeError("illegal attachments", value);
    }
    return attachment;
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      value[i] = attachBinary(value[i], attachments);
    }
    return value;
  }
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === "object") {
      define(value, key, attachBinary(item, attachments));
    }
  }
  return value;
}

/** Sets an own property, `__proto__` too. */
function define(object: object, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else {
    (object as Record<string, unknown>)[key] = value; // any key but that one is plain
  }
}

function isPlaceholder(value: object): value is { num?: unknown } {
  return (value as { _placeholder?: unknown })._placeholder === true;
}

type Binary = ArrayBuffer | ArrayBufferView | Blob;

function isBinary(value: object): value is Binary {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value) ||
    value instanceof Blob;
}

function toBytes(value: Binary): Uint8Array | Blob {
  if (value instanceof Uint8Array || value instanceof Blob) return value;
  return value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
