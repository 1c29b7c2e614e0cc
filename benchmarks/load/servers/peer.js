// Packages of the folder that the runner installed and names in $PEERS.
import { createRequire } from "node:module";
import process from "node:process";

export const load = createRequire(`${process.env.PEERS}/`);
