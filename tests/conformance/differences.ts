/**
 * Where this server differs from the npm packages on purpose: the claims of cases
 * that do not hold there, each with what the packages do instead. Such a case is
 * ignored when the suites run against Node.
 *
 * @module
 */

const LENIENT = "what no client writes is read anyway, or passed over";

/** What Node does instead, by the suite and the claim of the case. */
export const DIFFERENCES: Readonly<
  Record<string, Readonly<Record<string, string>>>
> = {
  api: {
    "A client whose connection ends is told apart, with a description":
      "there is no description of a close that the client asks for",
    "A description of an invalid heartbeat is an object with its text":
      "it is an Error, with its text as the message",
    "A client that enters its namespace twice is put out":
      "on WebSocket the engine's own forced close comes first",
    "A parent namespace asks the clients of all its children":
      "it waits for nobody, and its fetchSockets() throws",
    "A parent namespace moves and disconnects the sockets of all its children":
      "nothing happens",
  },
  engine_handshake: {
    "no answer speaks of an XSS filter, which no browser has any more":
      "Internet Explorer gets X-XSS-Protection: 0",
    "the cookie is set on a WebSocket handshake too":
      "a WebSocket handshake gets no cookie",
  },
  engine_messages: {
    "the answer to a POST is ok as plain text of two bytes":
      "it is sent as text/html",
  },
  engine_refusals: {
    "an upgrade request with EIO=3 is refused with code 5 before the upgrade":
      "the WebSocket opens, then gets an HTTP error",
    "an upgrade request without EIO is refused with code 5 before the upgrade":
      "the WebSocket opens, then gets an HTTP error",
    "an upgrade request with transport=polling is refused with code 3":
      "the WebSocket opens and is closed",
    "a WebSocket for a session that began on WebSocket is refused":
      "the second WebSocket takes the session over",
  },
  engine_upgrade: {
    "a ping that was polled must be answered after the upgrade":
      "the upgrade forgets the ping, and the session is never pinged again",
  },
  engine_v3: {
    "a payload with a length in hexadecimal ends the session": LENIENT,
    "a payload with a length with an exponent ends the session": LENIENT,
    "a payload with a blank before a length ends the session": LENIENT,
    "a payload with text beyond the end ends the session": LENIENT,
    "a payload with an unknown kind ends the session": LENIENT,
    "a payload with bytes of no type ends the session": LENIENT,
    "a payload with bytes of an unknown type ends the session": LENIENT,
    "a payload with bytes that are a ping ends the session": LENIENT,
    "a payload with base64 of an unknown type ends the session": LENIENT,
    "a payload with base64 that is none ends the session": LENIENT,
    "a payload with bytes beyond the end ends the session": LENIENT,
  },
  hostile_socketio: {
    "an event of 400,000 values on WebSocket: the others are served":
      "the process ends: too many arguments for a call",
    "an event of 400,000 values on polling: the others are served":
      "the process ends: too many arguments for a call",
    "an awaited acknowledgement of 400,000 values: the others are served, over WebSocket":
      "the process ends: too many arguments for a call",
    "an awaited acknowledgement of 400,000 values: the others are served, over polling":
      "the process ends: too many arguments for a call",
    "a refusal that JSON cannot carry harms nobody else, over WebSocket":
      "what a middleware refuses with ends the process",
    "a refusal that JSON cannot carry harms nobody else, over polling":
      "what a middleware refuses with ends the process",
    "a listener that calls an acknowledgement nobody asked for harms nobody, over WebSocket":
      "what a listener throws ends the process",
    "a listener that calls an acknowledgement nobody asked for harms nobody, over polling":
      "what a listener throws ends the process",
    "a listener that answers with a value too deep harms nobody, over WebSocket":
      "the process ends: the search for binary data is recursive",
    "a listener that answers with a value too deep harms nobody, over polling":
      "the process ends: the search for binary data is recursive",
  },
  jsonp: {
    "JSONP of revision 3: an answer cannot be taken for anything but a script":
      "it is sent as text/plain",
    "JSONP of revision 4: an answer cannot be taken for anything but a script":
      "it is sent as text/plain",
    "JSONP of revision 3 without b64 has bytes as base64 too":
      "they are a Buffer as JSON, which no client reads",
  },
  recovery: {
    "a client that got no event before is recovered too":
      "it has no offset, without which no session is restored",
    "a volatile event does not end the recovery":
      "the client takes its last argument for an offset that nobody knows",
    "a client whose old connection still seems open is recovered":
      "its session is kept only when the old connection ends",
    "a client that missed nothing is recovered, however much others got":
      "it has no offset, without which no session is restored",
    "a client that was alone in a namespace which goes with its last client is recovered":
      "the session goes with the namespace",
    "a session goes on in one place at a time": "two sockets have the same id",
    "an offset of an earlier session brings back nothing older":
      "events from before the session are sent",
    "an answer that is waited for when a client is cut off fails":
      "it is waited for for ever",
  },
  socketio_connect: {
    "giving a connection up is a forced server close to its sockets":
      "on WebSocket the engine's own forced close comes first",
    "packets for a namespace that the server just left are ignored":
      "they end the connection",
    "no event comes before the answer to CONNECT":
      "what a middleware emits comes first",
    "a second CONNECT while the first is looked up takes its place":
      "both are answered, with two sockets",
    "a second CONNECT while the first is in a middleware takes its place":
      "both are answered, with two sockets",
  },
  socketio_packets: {
    "a placeholder whose number is a fraction ends the connection":
      "the attachment becomes undefined",
  },
  socketio_v2: {
    "an event to an old client alone has no offset behind it":
      "it has one, which no old client sends back",
  },
};
