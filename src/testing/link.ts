import type { AcceptWebSocket } from "../engine/mod.ts";
import type { Packet } from "../engine_parser/mod.ts";
import { ConnectError } from "./errors.ts";

/**
 * What carries one Engine.IO session of a test client.
 *
 * opening ──open()──▶ open ──close(), drop(), the server's end──▶ over
 */
export interface Link {
  /** The answer to the handshake, once the link is open. */
  readonly response: Response | undefined;
  /**
   * Asks for a session.
   *
   * @throws {ConnectError} If the server refuses.
   */
  open(dial: Dial): Promise<void>;
  /** Sends packets, with no other packet between them. */
  send(packets: readonly Packet[]): void;
  /** Reads no more of what the server sends, until `resume()`. */
  pause(): void;
  resume(): void;
  /** Ends the session in order. Resolves when the server knows. */
  close(): Promise<void>;
  /**
   * Ends the connection without a word.
   *
   * @param isSilent Whether the server cannot even tell that it has ended.
   */
  drop(isSilent: boolean): void;
}

/** What a link tells; nothing once it is over. */
export interface LinkOwner {
  onPacket(packet: Packet): void;
  /** The connection has ended, and not by our wish. */
  onEnd(reason: "transport close" | "transport error"): void;
}

/** Sends a request to the server. */
export type Dial = (
  query: Readonly<Record<string, string>>,
  init?: RequestInit,
  acceptWebSocket?: AcceptWebSocket,
) => Promise<Response>;

/** Reads why a handshake was refused. */
export async function readRefusal(response: Response): Promise<ConnectError> {
  const { status } = response;
  const text = await response.text();
  const said = readMessage(text) ??
    (text.length <= 100 && !text.includes("\n") ? text : "");
  return new ConnectError(
    said === "" ? `Cannot connect: the server answered ${status}` : said,
    { status },
  );
}

function readMessage(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown }; // what the engine answers
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
