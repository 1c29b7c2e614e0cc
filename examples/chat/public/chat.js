/** The chat's conversation with the server. What it looks like is in view.js. */

import { io } from "socket.io-client";
import * as view from "./view.js";

/** The room for those who did not ask for one. */
const LOBBY = "lobby";
/** Somebody who has not typed for this long has stopped. */
const TYPING_TIMEOUT = 3_000;
/** While one types, the server hears of it this often. */
const TYPING_INTERVAL = 1_000;

/**
 * Connects only when the name is known, which every (re)connection sends.
 *
 * @type {import("socket.io-client").Socket<
 *   import("../events.ts").ServerToClientEvents,
 *   import("../events.ts").ClientToServerEvents
 * >}
 */
const socket = io({
  autoConnect: false,
  auth: (send) => send({ name: view.name() }),
});

/** The room one is in, once the server has said so. */
let room = "";
/** @type {Map<string, { id: string, name: string }>} Who is in it, by id. */
const members = new Map();
/** @type {Map<string, number>} Timers of those who type, by id. */
const typing = new Map();
/** When the server last heard that one types; 0 once it knows that one stopped. */
let typedAt = 0;

// The connection, from the first request to the last.

socket.io.on("open", () => {
  const { engine } = socket.io;
  view.showConnection(engine.transport.name);
  engine.once("upgrade", ({ name }) => view.showConnection(name));
});

socket.on("connect", () => {
  view.hideEntry();
  join(wantedRoom());
});

socket.on("connect_error", (error) => {
  // An active socket tries again by itself: only a refusal is final.
  if (socket.active) return view.showConnection("reconnecting");
  view.showConnection("offline");
  view.showEntry(error.message);
});

socket.on("disconnect", () => {
  view.showConnection(socket.active ? "reconnecting" : "offline");
  leave();
});

function connect() {
  view.showConnection("connecting");
  socket.connect();
}

// Rooms and who is in them. The address names the room: it can be shared.

function wantedRoom() {
  try {
    return decodeURIComponent(location.hash.slice(1)) || LOBBY;
  } catch {
    return LOBBY;
  }
}

/** @param {string} name */
function join(name) {
  // Without a connection, the address keeps the wish for the next one.
  if (!socket.connected) return void (location.hash = encodeURIComponent(name));
  // A callback, no promise: it runs before the events that follow the answer.
  socket.emit("join", name, (result) => {
    if (result.error !== undefined) {
      // The address may ask for what cannot be: everybody starts somewhere.
      return room === "" ? join(LOBBY) : view.showNotice(result.error);
    }
    leave();
    room = result.room;
    for (const member of result.members) members.set(member.id, member);
    history.replaceState(null, "", `#${encodeURIComponent(room)}`);
    view.showRoom(room);
    showMembers();
  });
}

function leave() {
  room = "";
  members.clear();
  for (const id of [...typing.keys()]) stopTyping(id);
  typedAt = 0;
  view.showRoom(room);
}

function showMembers() {
  view.showMembers([...members.values()], socket.id);
}

socket.on("rooms", (rooms) => view.showRooms(rooms));

socket.on("joined", (member) => {
  members.set(member.id, member);
  showMembers();
  view.showNotice(`${member.name} joined`);
});

socket.on("left", (member) => {
  members.delete(member.id);
  stopTyping(member.id);
  showMembers();
  view.showNotice(`${member.name} left`);
});

addEventListener("hashchange", () => {
  if (socket.connected && wantedRoom() !== room) join(wantedRoom());
});

// Messages and typing.

socket.on("message", (message) => {
  stopTyping(message.from.id);
  view.showMessage(message, message.from.id === socket.id);
});

socket.on("typing", (member, active) => {
  if (!active) return stopTyping(member.id);
  const started = !typing.has(member.id);
  clearTimeout(typing.get(member.id));
  const timer = setTimeout(() => stopTyping(member.id), TYPING_TIMEOUT);
  typing.set(member.id, timer);
  if (started) showTyping();
});

/** @param {string} id */
function stopTyping(id) {
  clearTimeout(typing.get(id));
  if (typing.delete(id)) showTyping();
}

function showTyping() {
  const names = [...typing.keys()].map((id) => members.get(id)?.name);
  view.showTyping(names.filter((name) => name !== undefined));
}

/** @param {string} text */
function type(text) {
  if (room === "") return;
  if (text.trim() === "") {
    if (typedAt > 0) socket.emit("typing", false);
    typedAt = 0;
  } else if (Date.now() - typedAt > TYPING_INTERVAL) {
    socket.emit("typing", true);
    typedAt = Date.now();
  }
}

/**
 * @param {string} text
 * @returns {boolean} Whether it went out. Without a room, it stays in the field.
 */
function send(text) {
  if (room === "" || text.trim() === "") return false;
  socket.emit("message", text);
  typedAt = 0;
  return true;
}

view.start({ connect, join, send, type });
