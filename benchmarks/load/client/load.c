// The load generator: one thread, epoll, raw TCP, no libraries.
//
// It speaks just enough Engine.IO v4 and Socket.IO v5, over WebSocket or HTTP
// long-polling, to keep a server busy, and checks kind, length and first bytes
// of everything that comes back, so that no server looks fast by answering
// wrongly. It is in C to cost a fraction of what any server under test costs.
//
//   cc -O2 -Wall -Wextra -o load client/*.c
//   ./load scenario=echo port=3000 pid=1234 clients=200 count=200000 window=1
//
// It prints one line of JSON. Server CPU time is what the kernel counted for
// all threads of each `pid`, read right before and right after the measured part;
// the warm-up is not in it. A run is four phases: connect, set up, warm up,
// measure.
#include "client.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static enum { CONNECTING, SETTING_UP, WARMING_UP, MEASURING, DONE } phase = CONNECTING;
static int n_conns, n_dialed, n_ready, n_set_up;
static Conn *conns, *control;
static uint64_t issued, issue_limit, completed, pings;
static Sample start, end, connect_start, connect_end;
static double rate_start, settled_at;

enum { BROADCAST_RING = 1024 };
static double broadcast_at[BROADCAST_RING];
static int deliveries[100];  // of the numbered broadcasts in flight

static int running(void) {
  return phase == WARMING_UP || phase == MEASURING;
}

static Conn *client(int i) {
  return &conns[kind == POLLS ? 2 * i : i];
}

// Sends n messages in one write.
static void issue(Conn *c, int n) {
  static Buffer batch;
  batch.len = 0;
  double t = now();
  for (; n > 0 && running() && issued < issue_limit; n--) {
    const Frames *m = message_of(c);
    if (c->sent - c->got >= RING) die("too many messages in flight");
    c->sent_at[c->sent++ % RING] = t;
    issued++;
    if (n == 1 && !batch.len) return put(c, m->data, m->len);
    append(&batch, m->data, m->len);
  }
  if (batch.len) put(c, batch.data, batch.len);
}

static void issue_broadcasts(void) {
  while (issued < issue_limit && issued - completed / members < (uint64_t)opt.window) {
    const Frames *m = broadcast_of(issued);
    if (numbered) deliveries[issued % 100] = 0;
    broadcast_at[issued++ % BROADCAST_RING] = now();
    put(control, m->data, m->len);
  }
}

static void issue_poll(Conn *get) {
  Conn *c = get->peer;
  if (!c->queued || c->posting || issued >= issue_limit || !running()) return;
  c->queued--;
  get->sent_at[get->sent++ % RING] = now();
  issued++;
  put_post(c, poll_text);
}

// Lets the server pile up every broadcast before anyone reads.
static void issue_stalled(void) {
  for (int i = 0; i < opt.clients; i++) pause_reading(&conns[i]);
  opt.window = opt.count;
  issue_broadcasts();
  put_text(control, "4217[\"ack\",0]");
}

static void on_all_piled_up(void) {
  for (int i = 0; i < opt.clients; i++) resume_reading(&conns[i]);
}

static void enter(int next) {
  if (next == WARMING_UP && !opt.warm) next = MEASURING;
  phase = next;
  if (next == DONE) {
    end = sample();
    return;
  }
  issue_limit = next == WARMING_UP ? opt.warm : opt.warm + opt.count;
  if (next == MEASURING) {
    forget_latencies();
    start = sample();
  }
  if (opt.rate) {
    rate_start = now() - issued * 1e6 / opt.rate;
  } else if (kind == BROADCASTS) {
    if (opt.stall && next == MEASURING) issue_stalled();
    else issue_broadcasts();
  } else if (kind != IDLE) {
    for (int i = 0; i < opt.clients; i++) {
      Conn *c = client(i);
      if (kind == REPLIES) {
        issue(c, opt.window);
      } else {
        c->peer->queued = 1;
        issue_poll(c);
      }
    }
  }
}

// Moves on when everything asked for is there.
static void advance(void) {
  uint64_t unit = kind == BROADCASTS ? members : 1;
  if (phase == WARMING_UP && completed == opt.warm * unit) enter(MEASURING);
  else if (phase == MEASURING && completed == (opt.warm + opt.count) * unit) enter(DONE);
}

static void dial_more(void) {
  while (n_dialed < n_conns && n_dialed - n_ready < opt.dial)
    dial(client(n_dialed++), kind == POLLS ? HTTP_CONNECTING : WS_CONNECTING);
}

static void on_set_up(void) {
  if (++n_set_up < n_conns) return;
  if (opt.settle) settled_at = now() + opt.settle * 1e6;
  else enter(WARMING_UP);
}

static void join(Conn *c, int ack, const char *prefix, int number) {
  char text[64];
  snprintf(text, sizeof text, "42%d[\"join\",\"%s%d\"]", ack, prefix, number);
  put_text(c, text);
  c->setup_left++;
}

static void on_ready(Conn *c) {
  if (c->ready++) die("connection %d joined twice", c->id);
  if (++n_ready == opt.connect_warm) connect_start = sample();
  if (n_ready < n_conns) return dial_more();
  connect_end = sample();
  phase = SETTING_UP;
  for (int i = 0; i < n_conns; i++) {
    Conn *x = client(i);
    if (kind != BROADCASTS || x == control) {
      on_set_up();
    } else if (numbered) {
      join(x, 1, "r", i % 100);
      join(x, 2, "g", i % 10);
    } else {
      put_text(x, "421[\"join\",\"all\"]");
      x->setup_left = 1;
    }
  }
}

static void check(const Conn *c) {
  if (expected.len && c->msg_len != expected.len) die("wrong answer: %lu bytes, not %lu: %s", c->msg_len, expected.len, c->head);
  if (memcmp(c->head, expected.head, expected.head_len)) die("wrong answer: %s", c->head);
}

static void on_reply(Conn *c) {
  if (c->got == c->sent) die("an answer to nothing: %s", c->head);
  record_latency(now() - c->sent_at[c->got++ % RING]);
  completed++;
  c->credit++;
}

static void on_delivery(Conn *c) {
  int number = 0;
  if (numbered || (opt.vary && c->opcode == TEXT)) {
    number = (c->head[NUMBER_AT] - '0') * 10 + c->head[NUMBER_AT + 1] - '0';
    c->head[NUMBER_AT] = c->head[NUMBER_AT + 1] = '0';
  }
  check(c);
  if (numbered && (uint64_t)number >= issued) die("a broadcast nobody sent: %s", c->head);
  if (!numbered && c->got == issued) die("a broadcast too many: %s", c->head);
  if (numbered && ++deliveries[number] > members) die("a broadcast to too many");
  uint64_t k = c->got++;
  if (numbered) k = issued - 1 - (issued - 1 - number) % 100;
  record_latency(now() - broadcast_at[k % BROADCAST_RING]);
  completed++;
}

static int starts_with(const char *text, const char *prefix) {
  return !strncmp(text, prefix, strlen(prefix));
}

void on_message(Conn *c) {
  char *h = c->head;
  if (c->opcode == BINARY) {
    int attachment = c->attachment;
    c->attachment = NO_BINARY;
    if (attachment == NO_BINARY) die("a binary frame out of place");
    if (attachment == BINARY_DELIVERY) return on_delivery(c);
    check(c);
    on_reply(c);
  } else if (h[0] == '2' && c->msg_len == 1) {
    pings++;
    put_text(c, "3");
  } else if (c->attachment) {
    die("a text frame instead of an attachment: %s", h);
  } else if (starts_with(h, "42[\"news\"")) {
    on_delivery(c);
  } else if (starts_with(h, "42[\"echo\"")) {
    check(c);
    on_reply(c);
  } else if (starts_with(h, "43")) {
    if (c->setup_left) {
      if (!--c->setup_left) on_set_up();
    } else if (c == control) {
      on_all_piled_up();
    } else {
      check(c);
      on_reply(c);
    }
  } else if (starts_with(h, "451-[\"bin\"")) {
    c->attachment = BINARY_DELIVERY;
  } else if (starts_with(h, "451-[\"echo\"")) {
    c->attachment = BINARY_REPLY;
  } else if (h[0] == '0') {
    put_text(c, "40");
  } else if (starts_with(h, "40/n")) {
    on_reply(c);
  } else if (starts_with(h, "40")) {
    on_ready(c);
  } else {
    die("unexpected message: %s", h);
  }
}

void on_http_open(Conn *c) {
  c->state = HTTP_OPEN;
  if (!c->is_post) return put_get(c);
  put_post(c, "40");
  put_get(c->peer);
}

void on_http_body(Conn *c, char *body) {
  if (c->is_post) {
    if (strcmp(body, "ok")) die("unexpected answer to a POST: %s", body);
    c->posting = 0;
    return issue_poll(c->peer);
  }
  if (!c->opened) {
    char *sid = strstr(body, "\"sid\":\"");
    if (!sid) die("no sid in: %s", body);
    sscanf(sid + 7, "%63[^\"]", c->sid);
    strcpy(c->peer->sid, c->sid);
    c->opened = 1;
    return dial(c->peer, HTTP_CONNECTING);
  }
  int joined = 0;
  for (char *packet = body, *next; packet; packet = next) {
    next = strchr(packet, 0x1e);
    if (next) *next++ = 0;
    if (starts_with(packet, "40{")) {
      joined = 1;
    } else if (!strcmp(packet, poll_text)) {
      on_reply(c);
      c->peer->queued++;
    } else {
      die("unexpected packet: %s", packet);
    }
  }
  put_get(c);
  if (joined) on_ready(c);
  else issue_poll(c);
}

// Idle clients: let the server settle, read its memory, then count pings.
static void watch_idle(long *rss, uint64_t *first_ping) {
  static double since;
  double t = now();
  if (phase == WARMING_UP) enter(MEASURING);
  if (phase != MEASURING) return;
  if (!since) since = t;
  if (!*rss && t >= since + opt.hold * 1e6) {
    *rss = rss_kib();
    *first_ping = pings;
    start = sample();
  }
  if (*rss && now() >= start.at + opt.seconds * 1e6) enter(DONE);
}

static void issue_at_rate(int timer) {
  static int turn;
  uint64_t expirations;
  if (read(timer, &expirations, sizeof expirations) < 0 || !running()) return;
  uint64_t due = (now() - rate_start) * opt.rate / 1e6;
  while (issued < due && issued < issue_limit) issue(client(turn++ % opt.clients), 1);
}

static int start_timer(void) {
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct itimerspec every_ms = {{0, 1000000}, {0, 1000000}};
  timerfd_settime(timer, 0, &every_ms, NULL);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer, &e);
  return timer;
}

static void raise_file_limit(int needed) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if ((int)limit.rlim_cur < needed) die("needs %d open files, but `ulimit -Hn` is %d", needed, (int)limit.rlim_cur);
}

static void make_connections(void) {
  n_conns = opt.clients + (kind == BROADCASTS);
  int n = kind == POLLS ? 2 * n_conns : n_conns;
  raise_file_limit(n + 16);
  conns = allocate(n * sizeof *conns);
  for (int i = 0; i < n; i++) {
    conns[i].id = i;
    if (kind == POLLS) {
      conns[i].peer = &conns[i ^ 1];
      conns[i].is_post = i & 1;
    }
  }
  if (kind == BROADCASTS) control = &conns[opt.clients];
}

static void check_deliveries(void) {
  for (int i = 0; i < opt.clients && !numbered; i++)
    if (conns[i].got != issued) die("client %d got %lu of %lu broadcasts", i, conns[i].got, issued);
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  prepare();
  epoll_fd = epoll_create1(0);
  make_connections();
  int timer = opt.rate ? start_timer() : -1;
  double deadline = now() + opt.timeout * 1e6;
  long rss_before = rss_kib(), rss = 0;
  uint64_t first_ping = 0;
  if (!opt.connect_warm) connect_start = sample();
  dial_more();

  while (phase != DONE) {
    static struct epoll_event events[512];
    int n = epoll_wait(epoll_fd, events, 512, 100);
    if (now() > deadline) die("timed out in phase %d: %d ready, %lu issued, %lu done", phase, n_ready, issued, completed);
    for (int i = 0; i < n; i++) {
      Conn *c = events[i].data.ptr;
      if (!c) {
        issue_at_rate(timer);
        continue;
      }
      on_event(&events[i]);
      int credit = c->credit;
      c->credit = 0;
      if (credit && kind == REPLIES && !opt.rate) issue(c, credit);
    }
    if (phase == SETTING_UP && settled_at && now() >= settled_at) enter(WARMING_UP);
    if (kind == BROADCASTS && running()) issue_broadcasts();
    if (kind == IDLE) watch_idle(&rss, &first_ping);
    else advance();
  }
  if (kind == BROADCASTS) check_deliveries();

  if (!rss) rss = rss_kib();
  uint64_t units = kind == IDLE ? pings - first_ping : kind == BROADCASTS ? (uint64_t)opt.count * members : (uint64_t)opt.count;
  printf("{\"n\":%lu,\"wall\":%.6f,\"cpu\":%.6f,\"user\":%.3f,\"sys\":%.3f,\"client\":%.6f,\"p50\":%ld,\"p99\":%ld,"
         "\"rss_before\":%ld,\"rss\":%ld,\"clients\":%d,\"connects\":%d,\"connect_wall\":%.6f,\"connect_cpu\":%.6f}\n",
         units, (end.at - start.at) / 1e6, end.cpu - start.cpu, end.user - start.user, end.sys - start.sys,
         end.client - start.client, latency_percentile(.5), latency_percentile(.99), rss_before, rss, opt.clients,
         n_ready - opt.connect_warm, (connect_end.at - connect_start.at) / 1e6, connect_end.cpu - connect_start.cpu);
  return 0;
}
