// The package's own `async/mod.js` fails to load, hence one file each.
export * from "./abortable.ts";
export * from "./deadline.ts";
export * from "./delay.ts";
export * from "./retry.ts";
