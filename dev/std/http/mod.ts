// The package's own `http/mod.js` fails to load, hence one file each.
export * from "./cookie.ts";
export * from "./status.ts";
