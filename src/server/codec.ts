import { checkRange } from "../options.ts";
import {
  type Codec,
  JsonCodec,
  NodeCodec,
  type NodeParser,
} from "../parser/mod.ts";
import type { ServerOptions } from "./options.ts";

/** The options of the default parser. */
const JSON_OPTIONS = ["replacer", "reviver", "maxAttachments"] as const;

/** What a server is told of its parser. */
export type CodecOptions = {
  readonly [Name in "parser" | (typeof JSON_OPTIONS)[number]]:
    | ServerOptions[Name]
    | undefined;
};

/**
 * Makes the codec of a server.
 *
 * @param options Those of the server.
 * @param maxAttachmentBytes Bytes that attachments of one packet may have together.
 * @throws {TypeError} If `parser` is none, or does not know another option.
 * @throws {RangeError} If `maxAttachments` is no number of attachments.
 */
export function createCodec(
  options: CodecOptions,
  maxAttachmentBytes: number,
): Codec {
  const { parser, replacer, reviver, maxAttachments = 10 } = options;
  if (parser === undefined) {
    checkRange("maxAttachments", maxAttachments, 0, Infinity);
    return new JsonCodec({
      maxAttachments,
      maxAttachmentBytes,
      ...(replacer === undefined ? {} : { replacer }),
      ...(reviver === undefined ? {} : { reviver }),
    });
  }
  for (const name of JSON_OPTIONS) {
    if (options[name] !== undefined) {
      throw new TypeError(
        `Cannot use ${name} with parser: it is an option of the default parser`,
      );
    }
  }
  if (isCodec(parser)) return parser;
  if (isNodeParser(parser)) return new NodeCodec(parser);
  throw new TypeError(
    "Cannot use parser: it has neither encode() and createDecoder() nor Encoder and Decoder",
  );
}

function isCodec(parser: Codec | NodeParser): parser is Codec {
  const { encode, createDecoder } = parser as Partial<Codec>; // either may be missing
  return typeof encode === "function" && typeof createDecoder === "function";
}

function isNodeParser(parser: Codec | NodeParser): parser is NodeParser {
  const { Encoder, Decoder } = parser as Partial<NodeParser>; // the same
  return typeof Encoder === "function" && typeof Decoder === "function";
}
