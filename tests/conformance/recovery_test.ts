import { recoveryContract } from "../_support/recovery_contract.ts";
import { target } from "../_support/target.ts";
import { suite } from "./cases.ts";

recoveryContract(
  suite("recovery"),
  (options) => target.startSocketIo("recovery", options),
);
