/** `io.close()` while a request is under way that may never end. */

import type { ServerOptions } from "@deno-socketio/server";
import { within } from "./_support/clients.ts";
import { ListeningBed } from "./_support/listening_bed.ts";
import {
  endpoint,
  PollingSession,
  RawConnection,
  UPGRADE_HEADERS,
} from "./_support/wire.ts";

/** A function of the application that tells that it was asked, and answers too late. */
class Question {
  readonly #asked = Promise.withResolvers<void>();
  readonly #answer = Promise.withResolvers<never>();

  readonly ask = (): Promise<never> => {
    this.#asked.resolve();
    return this.#answer.promise;
  };

  fail(): void {
    this.#answer.promise.catch(() => {}); // where nobody has asked
    this.#answer.reject(new Error("too late"));
  }

  asked(): Promise<void> {
    return within(this.#asked.promise, "a question");
  }
}

/** Starts a request that does not end by itself. */
type Begin = (
  bed: ListeningBed,
  connection: RawConnection,
  question: Question,
) => Promise<void>;

interface Case {
  readonly options?: (question: Question) => ServerOptions;
  readonly begin: Begin;
}

function handshake(transport: "polling" | "websocket"): Begin {
  return async (bed, connection, question) => {
    await connection.writeHead(
      "GET",
      endpoint(bed.url, { transport }),
      transport === "websocket" ? UPGRADE_HEADERS : [],
    );
    await question.asked();
  };
}

/** Sends the head of a POST, sees that it is awaited, and sends a part of its body. */
function post(header: readonly [string, string], part: string): Begin {
  return async (bed, connection) => {
    const session = await PollingSession.start(bed.url);
    await connection.writeHead("POST", session.url(), [
      header,
      ["Expect", "100-continue"],
    ]);
    await connection.readResponse();
    await connection.write(part);
  };
}

const cases: Record<string, Case> = {
  "an engine middleware that hangs": {
    async begin(bed, connection, question) {
      bed.io.engine.use(question.ask);
      await handshake("polling")(bed, connection, question);
    },
  },
  "allowRequest that hangs, polling": {
    options: ({ ask }) => ({ allowRequest: ask }),
    begin: handshake("polling"),
  },
  "allowRequest that hangs, WebSocket": {
    options: ({ ask }) => ({ allowRequest: ask }),
    begin: handshake("websocket"),
  },
  "generateId that hangs": {
    options: ({ ask }) => ({ generateId: ask }),
    begin: handshake("polling"),
  },
  "a POST of which a part has come": {
    begin: post(["Content-Length", "100"], "40"),
  },
  "a POST of unknown length": {
    begin: post(["Transfer-Encoding", "chunked"], "1\r\n4\r\n"),
  },
  "a client that does not read its answer": {
    options: () => ({ maxBufferedAmount: Infinity }),
    async begin(bed, connection) {
      const opening = bed.conn();
      const session = await PollingSession.start(bed.url);
      const conn = await opening;
      conn.send("x".repeat(30_000_000)); // more than the kernel takes
      const flushed = new Promise<void>((resolve) =>
        conn.once("flush", () => resolve())
      );
      await connection.writeHead("GET", session.url());
      await within(flushed, "the answer");
    },
  },
};

for (const [name, { options, begin }] of Object.entries(cases)) {
  Deno.test(`io.close() does not wait for ever for ${name}`, async () => {
    const question = new Question();
    await using bed = new ListeningBed(options?.(question));
    bed.io.diagnostics.addEventListener(
      "callbackerror",
      (event) => event.preventDefault(),
    );
    const connection = await RawConnection.connect(bed.url);
    await begin(bed, connection, question);
    await bed.close();
    question.fail();
    connection.close();
    await bed.io.httpServer?.finished;
  });
}
