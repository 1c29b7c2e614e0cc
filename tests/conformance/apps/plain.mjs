/** Makes binary values fit for JSON: `{ bytes: [1, 2] }`. */
export default function plain(value) {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return { bytes: [...new Uint8Array(buffer, byteOffset, byteLength)] };
  }
  if (value instanceof ArrayBuffer) {
    return { bytes: [...new Uint8Array(value)] };
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map((
      [key, item],
    ) => [key, plain(item)]);
    return Object.fromEntries(entries);
  }
  return value;
}
