// What the parts of the load generator share.
#pragma once
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>

// ---- common.c ---------------------------------------------------------------

__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);
void *allocate(size_t n);
__attribute__((format(printf, 1, 2))) char *format(const char *template, ...);

typedef struct {
  char *data;  // always followed by a NUL
  size_t len, cap;
} Buffer;

void append(Buffer *b, const void *p, size_t n);

enum { MAX_MEMBERS = 64 };

// The command line: name=value for each, numbers between commas for some.
extern struct Options {
  const char *scenario;
  // The ports of a fleet, over which the clients are spread, and its processes.
  int ports[MAX_MEMBERS], n_ports, pids[MAX_MEMBERS], n_pids;
  int clients;
  long count, warm;  // messages (or broadcasts) measured, and before that
  int window;        // in flight: per client, or broadcasts in all
  long rate;         // messages a second in all, 0: as fast as answers come
  long size;         // bytes of a payload
  int objects;       // echo-object: how many objects a payload has
  int depth;         // churn, namespaces: how many a client holds at most
  int vary;          // broadcasts to all: of a hundred texts, each numbered
  int stall;         // broadcasts: nobody reads before all are sent
  int dial;          // connects in flight
  int connect_warm;  // connects before the measured ones
  int browser;       // handshakes carry the headers and cookies of a browser
  double settle;     // seconds between the set-up and the warm-up
  double hold;       // idle: seconds to settle before memory is read
  double seconds;    // idle: seconds to watch after that
  double timeout;    // seconds for everything
} opt;

void read_options(int argc, char **argv);

// ---- measure.c --------------------------------------------------------------

typedef struct {
  double at;         // microseconds
  double cpu;        // servers, seconds, to the nanosecond
  double user, sys;  // the same in two parts, to 10 ms
  double client;     // the load generator
} Sample;

double now(void);  // microseconds
Sample sample(void);
long rss_kib(void);  // of the servers

void record_latency(double microseconds);
void forget_latencies(void);
long latency_percentile(double p);

// ---- connection.c, websocket.c, http.c --------------------------------------

enum { RING = 256, HEAD = 64 };

typedef struct Conn {
  int fd, id;
  enum { WS_CONNECTING, WS_UPGRADING, WS_OPEN, HTTP_CONNECTING, HTTP_OPEN } state;
  Buffer out;       // what the kernel did not take yet
  size_t out_sent;  // bytes of it that are gone
  Buffer in;        // HTTP: what is not a whole response yet

  // the WebSocket frame and message being read
  uint8_t frame_head[16];
  int frame_head_len, in_body, opcode;
  uint64_t body_left, msg_len;
  char head[HEAD];  // the message's first bytes
  size_t head_len;

  int ready;       // has joined the namespace
  int setup_left;  // acknowledgements before it takes part
  enum { NO_BINARY, BINARY_REPLY, BINARY_DELIVERY } attachment;
  int credit;      // answers that allow as many new messages
  uint64_t sent, got;
  double sent_at[RING];

  // long-polling: a client is two connections, one for GET and one for POST
  struct Conn *peer;
  int is_post, posting, queued, opened;
  char sid[64];
} Conn;

extern int epoll_fd;

int port_of(const Conn *c);
void dial(Conn *c, int state);
void put(Conn *c, const char *p, size_t n);
struct epoll_event;
void on_event(struct epoll_event *e);
void pause_reading(Conn *c);
void resume_reading(Conn *c);

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

size_t write_frame(char *to, int opcode, const char *payload, size_t len);
void put_text(Conn *c, const char *text);
void request_upgrade(Conn *c);
void take_upgrade(Conn *c);
void read_frames(Conn *c, const uint8_t *p, size_t n);

void put_get(Conn *c);
void put_post(Conn *c, const char *text);
int take_response(Conn *c);

// ---- scenarios.c: what is sent, and what must come back ---------------------

// REPLIES: each message has one answer to its sender. BROADCASTS: a control
// client asks, every member gets one. POLLS: replies over HTTP. IDLE: pings only.
extern enum Kind { REPLIES, BROADCASTS, POLLS, IDLE } kind;

// Ready-made frames.
typedef struct {
  char *data;
  size_t len;
} Frames;

extern char poll_text[1024];

// The message that is `c`'s turn, or the broadcast number `k`.
const Frames *message_of(const Conn *c);
const Frames *broadcast_of(uint64_t k);

// The only right answer: its length (0: any) and its first bytes.
extern struct Expected {
  uint64_t len;
  char head[HEAD];
  size_t head_len;
} expected;

// Broadcasts to rooms number themselves modulo 100 in the first two letters of
// their data, `42["news","00…`: which of them a client gets depends on its rooms.
enum { NUMBER_AT = 11 };
extern int numbered;
extern int members;  // how many get a broadcast

void prepare(void);

// ---- load.c -----------------------------------------------------------------

void on_message(Conn *c);    // a whole WebSocket message is in c->head
void on_http_open(Conn *c);  // a connection for polling is there
void on_http_body(Conn *c, char *body);
