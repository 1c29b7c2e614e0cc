/** What the page shows, and what people do with it. */

/** @type {(id: string) => any} */
const byId = (id) => document.getElementById(id);

const entry = byId("entry");
const logs = byId("logs");
const text = byId("text");
const sendButton = document.querySelector("#composer button");
const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

const CONNECTION = {
  offline: "Not connected",
  connecting: "Connecting…",
  polling: "polling",
  websocket: "WebSocket",
  reconnecting: "Reconnecting…",
};

/** @type {Map<string, HTMLElement>} What was said in each room, by its name. */
const logsByRoom = new Map();
/** The room that is shown: the last one, while there is no connection. */
let shown = "";
/** @type {{ name: string, count: number }[]} */
let rooms = [];

/**
 * Wires the page.
 *
 * @param {{
 *   connect: () => void,
 *   join: (room: string) => void,
 *   send: (text: string) => boolean,
 *   type: (text: string) => void,
 * }} chat
 */
export function start(chat) {
  byId("name").value = sessionStorage.getItem("name") ?? "";
  entry.addEventListener("cancel", (event) => event.preventDefault());
  byId("entry-form").addEventListener("submit", (event) => {
    event.preventDefault();
    byId("entry-error").textContent = "";
    sessionStorage.setItem("name", name());
    chat.connect();
  });

  byId("rooms").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button === null) return;
    closePanels();
    chat.join(button.dataset.room);
  });
  byId("new-room").addEventListener("submit", (event) => {
    event.preventDefault();
    closePanels();
    chat.join(byId("new-room-name").value);
    event.target.reset();
  });

  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!chat.send(text.value)) return;
    text.value = "";
    showSendable();
    text.focus();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    byId("composer").requestSubmit();
  });
  text.addEventListener("input", () => {
    showSendable();
    chat.type(text.value);
  });

  // A panel that was opened over the page becomes a column when there is room.
  matchMedia("(width >= 60rem)").addEventListener("change", closePanels);

  // A reload is no new entry.
  if (name() === "") showEntry("");
  else chat.connect();
}

/** The name that was chosen. */
export function name() {
  return byId("name").value.trim();
}

/** @param {string} error Why the last name was refused. */
export function showEntry(error) {
  byId("entry-error").textContent = error;
  if (!entry.open) entry.showModal();
  byId("name").select();
}

export function hideEntry() {
  if (!entry.open) return;
  entry.close();
  text.focus();
}

/** @param {keyof typeof CONNECTION} state */
export function showConnection(state) {
  const connection = byId("connection");
  connection.dataset.state = state;
  connection.textContent = CONNECTION[state] ?? state;
  if (state === "polling" || state === "websocket") {
    connection.prepend(element("span", "prefix", "Connected by "));
  }
}

/** @param {string} room The room one is in now; empty when in none. */
export function showRoom(room) {
  document.body.classList.toggle("away", room === "");
  if (room !== "" && room !== shown) {
    shown = room;
    byId("room-name").textContent = room;
    document.title = `${room} · Chat`;
    logs.replaceChildren(logOf(room));
    logs.scrollTop = logs.scrollHeight;
  }
  showSendable();
  showRooms(rooms);
}

/** @param {typeof rooms} list */
export function showRooms(list) {
  rooms = list;
  const items = rooms.map(({ name, count }) => {
    const button = element("button", "room");
    button.dataset.room = name;
    if (name === shown) button.setAttribute("aria-current", "true");
    const number = element("span", "count", String(count));
    number.ariaLabel = count === 1 ? "1 person" : `${count} people`;
    button.append(element("span", "room-label", name), number);
    const item = element("li");
    item.append(button);
    return item;
  });
  const focused = document.activeElement?.dataset.room;
  byId("rooms").replaceChildren(...items);
  // The list is made anew: whoever walks through it by keyboard stays there.
  if (focused !== undefined) {
    document.querySelector(`[data-room="${CSS.escape(focused)}"]`)?.focus();
  }
}

/**
 * @param {{ id: string, name: string }[]} members
 * @param {string | undefined} self One's own id.
 */
export function showMembers(members, self) {
  byId("member-count").textContent = String(members.length);
  byId("members").replaceChildren(...members.map(({ id, name }) => {
    const item = element("li", "member");
    item.append(avatar(name), element("span", "member-name", name));
    if (id === self) item.append(element("span", "you", "you"));
    return item;
  }));
}

/** @param {string[]} names Those who type just now. */
export function showTyping(names) {
  const line = byId("typing");
  line.textContent = "";
  if (names.length === 0) return;
  const who = names.length > 3
    ? "Several people are"
    : new Intl.ListFormat("en").format(names) +
      (names.length === 1 ? " is" : " are");
  const dots = element("span", "dots");
  dots.append(element("i"), element("i"), element("i"));
  line.append(dots, `${who} typing…`);
}

/** @param {string} words What happened in the room. */
export function showNotice(words) {
  append(element("p", "notice", words));
}

/**
 * @param {{ from: { id: string, name: string }, text: string, time: number }} message
 * @param {boolean} own
 */
export function showMessage({ from, text, time }, own) {
  const item = element("article", own ? "message own" : "message");
  item.dataset.from = from.id;
  // The next one of the same person stands close to it, without the name.
  if (logOf(shown).lastElementChild?.dataset.from === from.id) {
    item.classList.add("more");
  }
  const words = element("p", "text", text);
  words.dir = "auto";
  const sentAt = element("time", "", timeFormat.format(time));
  sentAt.dateTime = new Date(time).toISOString();
  const head = element("p", "head");
  head.append(element("span", "author", own ? "You" : from.name), sentAt);
  item.append(avatar(from.name), head, words);
  append(item);
  if (own) logs.scrollTop = logs.scrollHeight;
}

/** @param {HTMLElement} item */
function append(item) {
  // Whoever reads further up is left in peace.
  const below = logs.scrollHeight - logs.scrollTop - logs.clientHeight;
  logOf(shown).append(item);
  if (below < 80) logs.scrollTop = logs.scrollHeight;
}

/** @param {string} room */
function logOf(room) {
  let log = logsByRoom.get(room);
  if (log === undefined) {
    log = element("div", "log");
    log.role = "log";
    log.ariaLive = "polite";
    log.ariaLabel = `Messages in ${room}`;
    log.append(element("p", "notice", `This is the start of ${room}`));
    logsByRoom.set(room, log);
  }
  return log;
}

function showSendable() {
  const away = document.body.classList.contains("away");
  sendButton.disabled = away || text.value.trim() === "";
}

function closePanels() {
  for (const panel of document.querySelectorAll(".panel:popover-open")) {
    panel.hidePopover();
  }
}

/** @param {string} name */
function avatar(name) {
  const letters = name.split(" ").map((part) => [...part][0] ?? "");
  const image = element("span", "avatar", letters.slice(0, 2).join(""));
  let hue = 0;
  for (const char of name) hue = (hue * 31 + char.codePointAt(0)) % 360;
  image.style.setProperty("--hue", String(hue));
  image.ariaHidden = "true";
  return image;
}

/** An element with a class and a text: never with markup, since people wrote it. */
function element(tag, className = "", words = "") {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  made.textContent = words;
  return made;
}
