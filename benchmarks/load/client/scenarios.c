// The scenarios: messages to send, and the answers they must have.
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum Kind kind;
char poll_text[1024];
struct Expected expected;
int numbered, members;

static Frames *messages;
static int n_messages;

static void expect(const char *bytes, size_t len) {
  expected.len = len;
  expected.head_len = len < HEAD - 1 ? len : HEAD - 1;
  memcpy(expected.head, bytes, expected.head_len);
}

static void add_message(const char *text, const char *attachment, size_t attachment_len) {
  size_t len = strlen(text);
  messages = realloc(messages, (n_messages + 1) * sizeof *messages);
  if (!messages) die("out of memory");
  Frames *m = &messages[n_messages++];
  m->data = allocate(len + attachment_len + 64);
  m->len = write_frame(m->data, TEXT, text, len);
  if (attachment) m->len += write_frame(m->data + m->len, BINARY, attachment, attachment_len);
}

static char *payload(void) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789";
  char *text = allocate(opt.size + 1);
  for (long i = 0; i < opt.size; i++) text[i] = letters[i * 7 % 64];
  return text;
}

static void prepare_echo(void) {
  char *text = format("42[\"echo\",\"%s\"]", payload());
  add_message(text, NULL, 0);
  expect(text, strlen(text));
}

static char *object(int id) {
  return format("{\"id\":%d,\"from\":{\"name\":\"Ada\",\"tags\":[\"a\",\"b\"]},\"at\":1732320000000,\"ok\":true,"
                "\"text\":\"hello, world\"}",
                id);
}

// One nested object of about 100 bytes, or an object with a list of them.
static void prepare_echo_object(void) {
  char *data = object(0);
  if (opt.objects > 1) {
    char *list = data;
    for (int i = 1; i < opt.objects; i++) list = format("%s,%s", list, object(i));
    data = format("{\"page\":1,\"items\":[%s]}", list);
  }
  char *text = format("42[\"echo\",%s]", data);
  add_message(text, NULL, 0);
  expect(text, strlen(text));
}

static void prepare_echo_binary(void) {
  char *bytes = payload();
  add_message("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]", bytes, opt.size);
  expect(bytes, opt.size);
}

static void prepare_ack(void) {
  char *data = payload(), *reply = format("4317[\"%s\"]", data);
  add_message(format("4217[\"ack\",\"%s\"]", data), NULL, 0);
  expect(reply, strlen(reply));
}

// Each client joins `depth` rooms one by one, leaves them again, and so on.
static int churn_rooms(void) {
  return opt.depth > 100 ? opt.depth : 100;
}

static void prepare_churn(void) {
  for (int i = 0; i < churn_rooms(); i++) add_message(format("4217[\"join\",\"c%d\"]", i), NULL, 0);
  for (int i = 0; i < churn_rooms(); i++) add_message(format("4217[\"leave\",\"c%d\"]", i), NULL, 0);
  expect("4317[]", 6);
}

static uint64_t churn_turn(const Conn *c) {
  uint64_t cycle = c->sent / (2 * opt.depth), step = c->sent % (2 * opt.depth);
  uint64_t room = (cycle * opt.depth + step % opt.depth + c->id) % churn_rooms();
  return step < (uint64_t)opt.depth ? room : churn_rooms() + room;
}

// Each client connects to `depth` namespaces, then leaves and reenters them.
static void prepare_namespaces(void) {
  for (int i = 0; i < opt.depth; i++) add_message(format("40/n%d,", i), NULL, 0);
  for (int i = 0; i < opt.depth; i++) {
    add_message(format("41/n%d,", i), NULL, 0);
    Frames *m = &messages[n_messages - 1];
    char *again = format("40/n%d,", i);
    m->len += write_frame(m->data + m->len, TEXT, again, strlen(again));
  }
}

static uint64_t namespaces_turn(const Conn *c) {
  return c->sent < (uint64_t)opt.depth ? c->sent : opt.depth + c->sent % opt.depth;
}

static void expect_news(char *data) {
  char *news = format("42[\"news\",\"%s\"]", data);
  expect(news, strlen(news));
}

static void prepare_broadcast(void) {
  kind = BROADCASTS;
  members = opt.clients;
  char *data = payload();
  for (int k = 0; k < (opt.vary ? 100 : 1); k++) {
    if (opt.vary) data = format("%02d%s", k, payload() + 2);
    add_message(format("42[\"bcast\",[\"all\"],\"\",\"%s\"]", data), NULL, 0);
  }
  if (opt.vary) data[0] = data[1] = '0';
  expect_news(data);
}

static void prepare_broadcast_binary(void) {
  kind = BROADCASTS;
  members = opt.clients;
  add_message(format("42[\"bcastbin\",[\"all\"],%ld]", opt.size), NULL, 0);
  char *ones = allocate(opt.size);
  memset(ones, 1, opt.size);
  expect(ones, opt.size);
}

// Client i is in room i % 100 and in group i % 10; each broadcast goes to 20
// rooms less one group.
static void prepare_rooms(void) {
  kind = BROADCASTS;
  numbered = 1;
  members = opt.clients / 100 * 18;
  char *data = payload();
  for (int k = 0; k < 100; k++) {
    char *rooms = format("\"r%d\"", k);
    for (int i = 1; i < 20; i++) rooms = format("%s,\"r%d\"", rooms, (k + i) % 100);
    add_message(format("42[\"bcast\",[%s],\"g%d\",\"%02d%s\"]", rooms, k % 10, k, data + 2), NULL, 0);
  }
  data[0] = data[1] = '0';
  expect_news(data);
}

static void prepare_polling(void) {
  kind = POLLS;
  snprintf(poll_text, sizeof poll_text, "42[\"echo\",\"%s\"]", payload());
  expect(poll_text, strlen(poll_text));
}

static void prepare_idle(void) {
  kind = IDLE;
}

static const struct Scenario {
  const char *name;
  void (*prepare)(void);
  uint64_t (*turn)(const Conn *c);  // which message comes next, if not the only one
} scenarios[] = {
    {"echo", prepare_echo, NULL},
    {"echo-object", prepare_echo_object, NULL},
    {"echo-bin", prepare_echo_binary, NULL},
    {"ack", prepare_ack, NULL},
    {"churn", prepare_churn, churn_turn},
    {"namespaces", prepare_namespaces, namespaces_turn},
    {"bcast", prepare_broadcast, NULL},
    {"bcast-bin", prepare_broadcast_binary, NULL},
    {"rooms", prepare_rooms, NULL},
    {"polling", prepare_polling, NULL},
    {"idle", prepare_idle, NULL},
};

static const struct Scenario *scenario;

void prepare(void) {
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
    if (!strcmp(scenarios[i].name, opt.scenario)) scenario = &scenarios[i];
  if (!scenario) die("unknown scenario %s", opt.scenario);
  scenario->prepare();
}

const Frames *message_of(const Conn *c) {
  return scenario->turn ? &messages[scenario->turn(c)] : messages;
}

const Frames *broadcast_of(uint64_t k) {
  return &messages[k % n_messages];
}
