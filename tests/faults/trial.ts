import { TextLineStream } from "../_support/text_lines.ts";
import { DEADLINE } from "../_support/within.ts";
import type { Fault } from "./faults.ts";
import { Peer, type Way } from "./peer.ts";
import type { Stall } from "./stalls.ts";

interface Line {
  readonly port?: number;
  readonly reason?: string;
  readonly sessions?: number;
  readonly rss?: number;
}

/** What came of a fault. */
export interface Outcome {
  /** How often each reason was given for the end of a session. */
  readonly reasons: ReadonlyMap<string, number>;
  /** Sessions that were left when all should have ended. */
  readonly sessionsLeft: number;
}

/** A server process that clients break off from. */
export class Trial implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #answers: Line[] = [];
  readonly #reading: Promise<void>;
  /** What the process has written for people. */
  readonly #complaints: Promise<string>;
  #reasons = new Map<string, number>();
  #wake: () => void = () => {};
  #port = 0;
  #hasEnded = false;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#reading = this.#read();
    this.#complaints = new Response(child.stderr).text();
  }

  /** Starts a server which lets so many bytes wait for a client. */
  static async start(maxBufferedAmount = 1024 * 1024): Promise<Trial> {
    const trial = new Trial(
      new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--no-prompt",
          "--v8-flags=--expose-gc",
          "--allow-net=127.0.0.1",
          "--allow-sys",
          new URL("server.ts", import.meta.url).href,
          String(maxBufferedAmount),
        ],
        cwd: new URL("../..", import.meta.url),
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
    while (trial.#port === 0) await trial.#next();
    return trial;
  }

  async #read(): Promise<void> {
    const lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const text of lines) {
      const line: Line = JSON.parse(text);
      if (line.port !== undefined) this.#port = line.port;
      else if (line.reason !== undefined) {
        const count = this.#reasons.get(line.reason) ?? 0;
        this.#reasons.set(line.reason, count + 1);
      } else this.#answers.push(line);
      this.#wake();
    }
    this.#hasEnded = true;
    this.#wake();
  }

  /** Waits for the next line. */
  async #next(): Promise<void> {
    if (!this.#hasEnded) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    if (this.#hasEnded) throw new Error("The server's process has ended");
  }

  /** Asks the process how many sessions and how much memory it has. */
  async ask(): Promise<{ sessions: number; rss: number }> {
    await this.#input.write(new TextEncoder().encode("?\n"));
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined) {
        return { sessions: answer.sessions ?? -1, rss: answer.rss ?? -1 };
      }
      await this.#next();
    }
  }

  /** Loses `tries` clients at each of the points at once. */
  async lose(
    faults: readonly Fault[],
    way: Way,
    tries: number,
  ): Promise<Outcome> {
    this.#reasons = new Map();
    const peers = await Promise.all(
      faults.flatMap((fault) =>
        Array.from({ length: tries }, () => fault.reach(this.#port))
      ),
    );
    for (const [broken] of peers) broken.breakOff(way);
    await this.#visit(); // by then, those have begun that are still to begin
    const sessionsLeft = await this.#whenEmpty();
    await Promise.all(peers.flat().map((peer) => peer.destroy()));
    return { reasons: this.#reasons, sessionsLeft };
  }

  /** Waits until no session is left, or as long as one may reasonably last. */
  async #whenEmpty(): Promise<number> {
    const deadline = Date.now() + DEADLINE;
    for (;;) {
      const { sessions } = await this.ask();
      if (sessions === 0 || Date.now() > deadline) return sessions;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /**
   * Lets `tries` clients get stuck. `during` is when the server has given all of them
   * up, and they still hold their connections.
   */
  async stall(
    stall: Stall,
    tries: number,
  ): Promise<{ before: number; during: number } & Outcome> {
    await this.assertServes(); // has learned by then what it takes to serve
    this.#reasons = new Map();
    const { rss: before } = await this.ask();
    const peers: Peer[] = [];
    for (let i = 0; i < tries; i++) {
      peers.push(...await stall.begin(this.#port));
    }
    const sessionsLeft = await this.#whenEmpty();
    const reasons = new Map(this.#reasons);
    const { rss: during } = await this.ask();
    await Promise.all(peers.map((peer) => peer.destroy()));
    await this.assertServes();
    return { before, during, reasons, sessionsLeft };
  }

  /** Connects a client that behaves, on either transport, and waits until it has left. */
  async assertServes(): Promise<void> {
    await this.#visit();
    await this.#whenEmpty();
  }

  async #visit(): Promise<void> {
    const polling = await Peer.connect(this.#port, "&visitor");
    const sid = await polling.openPolling();
    await polling.post(sid, '42["echo"]');
    polling.get(`transport=polling&sid=${sid}`);
    await polling.read(/42\["echo"\]/);
    await polling.post(sid, "1");
    const websocket = await Peer.connect(this.#port, "&visitor");
    await websocket.openWebSocket();
    websocket.frame('42["echo"]');
    await websocket.read(/42\["echo"\]/);
    await Promise.all([polling.destroy(), websocket.destroy()]);
  }

  /** Lets the server close by ending its input, and sees that it had no complaints. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#reading;
    const { code } = await this.#child.status;
    const complaints = await this.#complaints;
    // No client, however it ends, is worth a word on the console.
    if (code !== 0 || complaints !== "") {
      const message = `The server's process ended with ${code}: ${complaints}`;
      console.error(message); // who failed before would hide it
      throw new Error(message);
    }
  }
}
