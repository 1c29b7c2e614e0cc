/** One kind of load: what the clients do, and what its cost is counted by. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What CPU time is counted per 100,000 of. */
  readonly unit: string;
  /** Arguments of the load generator: its options are in `client/client.h`. */
  readonly load: string;
  /** Whether the cost is that of the connects, not of what comes after. */
  readonly measures?: "connects";
  /** Milliseconds between two pings, if the server's default will not do. */
  readonly pingInterval?: number;
  /** The most that our server may cost, as a multiple of the bare Deno floor. */
  readonly target?: number;
  /** The most memory that an idle connection to our server may take, in KiB. */
  readonly memoryTarget?: number;
}

/** Everything that is measured, in the order of the report. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: "echo",
    title: "event echo of 100 B, 200 clients, one message in flight each",
    unit: "messages",
    load: "scenario=echo clients=200 count=150000 warm=20000 window=1 size=89",
    target: 1.25,
  },
  {
    name: "echo-16",
    title: "the same, 16 messages in flight each",
    unit: "messages",
    load: "scenario=echo clients=200 count=200000 warm=20000 window=16 size=89",
    target: 1.22,
  },
  {
    name: "rate",
    title: "the same echo at a fixed 4,000 messages/s: latency",
    unit: "messages",
    load: "scenario=echo clients=200 count=16000 warm=12000 rate=4000 size=89",
    target: 1.12,
  },
  {
    name: "echo-object",
    title: "echo of a nested object of 100 B, one message in flight each",
    unit: "messages",
    load: "scenario=echo-object clients=200 count=100000 warm=20000 objects=1",
  },
  {
    name: "echo-object-1k",
    title: "echo of an object with a list of ten of them: 1 KiB",
    unit: "messages",
    load: "scenario=echo-object clients=200 count=60000 warm=12000 objects=10",
  },
  {
    name: "ack",
    title: "emit with acknowledgement, 200 clients, one in flight each",
    unit: "round trips",
    load: "scenario=ack clients=200 count=150000 warm=20000 window=1 size=89",
    target: 1.18,
  },
  {
    name: "bcast",
    title: "broadcast of 200 B to a room of 1,000, one at a time",
    unit: "deliveries",
    load: "scenario=bcast clients=1000 count=200 warm=40 window=1 size=186",
    target: 1.05,
  },
  {
    name: "bcast-8",
    title: "the same, 8 broadcasts in flight",
    unit: "deliveries",
    load: "scenario=bcast clients=1000 count=200 warm=40 window=8 size=186",
    target: 1.05,
  },
  {
    name: "bcast-bin",
    title: "broadcast with a 1 KiB binary attachment to a room of 1,000",
    unit: "deliveries",
    load: "scenario=bcast-bin clients=1000 count=150 warm=40 size=1024",
    target: 1.05,
  },
  {
    name: "rooms",
    title:
      "broadcast to 20 of 100 rooms (of 10) except one group: 180 deliveries each",
    unit: "deliveries",
    load: "scenario=rooms clients=1000 count=1000 warm=200 window=4 size=186",
    target: 1,
  },
  {
    name: "churn",
    title: "join and leave with acknowledgement, 1,000 clients, 100 rooms",
    unit: "joins or leaves",
    load: "scenario=churn clients=1000 count=100000 warm=20000 window=1",
    target: 1.12,
  },
  {
    name: "polling",
    title: "event echo of 100 B over HTTP long-polling, 100 clients",
    unit: "messages",
    load: "scenario=polling clients=100 count=20000 warm=4000 size=89",
    target: 1.75,
  },
  {
    name: "big-text",
    title: "echo of 1 MB of text, 4 clients",
    unit: "messages",
    load: "scenario=echo clients=4 count=200 warm=40 window=1 size=1000000",
    target: 1.5,
  },
  {
    name: "big-bin",
    title: "echo of 1 MB of binary, 4 clients",
    unit: "messages",
    load: "scenario=echo-bin clients=4 count=200 warm=40 window=1 size=1000000",
    target: 1.15,
  },
  {
    name: "connect",
    title:
      "connect storm to 5,000 WebSocket clients (the first 500 not timed), then idle",
    unit: "connects",
    load: "scenario=idle clients=5000 connect_warm=500 hold=2",
    measures: "connects",
    target: 1.3,
    memoryTarget: 25,
  },
  {
    name: "connect-browser",
    title: "the same with the headers and cookies of a browser",
    unit: "connects",
    load: "scenario=idle clients=5000 connect_warm=500 hold=2 browser=1",
    measures: "connects",
  },
  {
    name: "heartbeat",
    title: "5,000 idle clients, a ping each second, watched for 5 s",
    unit: "pings",
    load: "scenario=idle clients=5000 hold=3 seconds=5",
    pingInterval: 1000,
    target: 0.95,
  },
];
