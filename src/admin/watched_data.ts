/** What a view shows, by the view: views are not watched again. */
const originals = new WeakMap<object, object>();

/**
 * Makes a view of an object that tells when something is written through it, however
 * deep. Only plain objects and lists are looked into: others work for themselves alone.
 *
 * @param data The object; what is no plain one is returned as it is.
 * @param onChange Is called for each change, behind it.
 */
export function watchData<Data>(data: Data, onChange: () => void): Data {
  if (!isPlain(data)) return data;
  const views = new WeakMap<object, object>();
  const view = <Value>(value: Value): Value => {
    if (!isPlain(value)) return value;
    const original = originals.get(value) ?? value;
    let proxy = views.get(original);
    if (proxy === undefined) {
      proxy = new Proxy(original, {
        get: (target, key, receiver) => {
          const value = Reflect.get(target, key, receiver);
          // What cannot change must be shown as it is, or the runtime refuses to.
          const property = Reflect.getOwnPropertyDescriptor(target, key);
          const isFixed = property !== undefined && !property.configurable &&
            !property.writable;
          return isFixed ? value : view(value);
        },
        set: (target, key, value) => {
          const isSet = Reflect.set(target, key, unwatched(value));
          if (isSet) onChange();
          return isSet;
        },
        deleteProperty: (target, key) => {
          const isDeleted = Reflect.deleteProperty(target, key);
          if (isDeleted) onChange();
          return isDeleted;
        },
        defineProperty: (target, key, property) => {
          const isDefined = Reflect.defineProperty(target, key, property);
          if (isDefined) onChange();
          return isDefined;
        },
      });
      originals.set(proxy, original);
      views.set(original, proxy);
    }
    return proxy as Value; // looks like it
  };
  return view(data);
}

/** What a view shows; anything else as it is. */
export function unwatched<Value>(value: Value): Value {
  return isObject(value)
    ? (originals.get(value) ?? value) as Value // looks like it
    : value;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether a value is a list, or an object of no class. */
export function isPlain(value: unknown): value is object {
  if (!isObject(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ||
    Array.isArray(value);
}
