import { clusterWireFuzzer, streamEntryFuzzer } from "./cluster_wire.ts";
import { packetFuzzer, streamFuzzer } from "./engine_parser.ts";
import { jsonpFuzzer, oldDialectFuzzer, oldPacketFuzzer } from "./engine_v3.ts";
import type { Fuzzer } from "./fuzzer.ts";
import {
  clientAddressFuzzer,
  cookieFuzzer,
  corsFuzzer,
  queryFuzzer,
} from "./headers.ts";
import { jsonCodecFuzzer } from "./json_codec.ts";
import { msgpackCodecFuzzer, msgpackFuzzer } from "./msgpack.ts";
import { serverFuzzer } from "./server.ts";

/** All there are. */
export const FUZZERS: readonly Fuzzer[] = [
  packetFuzzer,
  streamFuzzer,
  oldPacketFuzzer,
  jsonpFuzzer,
  oldDialectFuzzer,
  jsonCodecFuzzer,
  msgpackFuzzer,
  msgpackCodecFuzzer,
  clusterWireFuzzer,
  streamEntryFuzzer,
  clientAddressFuzzer,
  corsFuzzer,
  cookieFuzzer,
  queryFuzzer,
  serverFuzzer,
];
