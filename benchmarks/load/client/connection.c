// Non-blocking connections and their buffers.
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int epoll_fd;

static void watch(Conn *c, int operation, uint32_t events) {
  struct epoll_event e = {.events = events, .data.ptr = c};
  if (epoll_ctl(epoll_fd, operation, c->fd, &e)) die("epoll_ctl: %s", strerror(errno));
}

int port_of(const Conn *c) {
  int client = kind == POLLS ? c->id / 2 : c->id;
  return opt.ports[client % opt.n_ports];
}

void dial(Conn *c, int state) {
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) die("socket: %s", strerror(errno));
  int on = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port_of(c))};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(c->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) die("connect: %s", strerror(errno));
  c->state = state;
  watch(c, EPOLL_CTL_ADD, EPOLLOUT);
}

void put(Conn *c, const char *p, size_t n) {
  if (!c->out.len) {
    ssize_t k = send(c->fd, p, n, MSG_NOSIGNAL);
    if (k < 0 && errno != EAGAIN) die("send: %s", strerror(errno));
    if (k > 0) {
      p += k;
      n -= k;
    }
    if (!n) return;
    watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  }
  append(&c->out, p, n);
}

static void flush(Conn *c) {
  while (c->out_sent < c->out.len) {
    ssize_t n = send(c->fd, c->out.data + c->out_sent, c->out.len - c->out_sent, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EAGAIN) return;
      die("send: %s", strerror(errno));
    }
    c->out_sent += n;
  }
  c->out_sent = c->out.len = 0;
  watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

void pause_reading(Conn *c) {
  watch(c, EPOLL_CTL_MOD, 0);
}

void resume_reading(Conn *c) {
  watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

static void readable(Conn *c) {
  static uint8_t bytes[1 << 18];
  ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) die("connection %d lost: %s", c->id, n ? strerror(errno) : "end of file");
  if (c->state == WS_OPEN) return read_frames(c, bytes, n);
  append(&c->in, bytes, n);
  if (c->state == WS_UPGRADING) return take_upgrade(c);
  while (take_response(c)) continue;
}

void on_event(struct epoll_event *e) {
  Conn *c = e->data.ptr;
  if (e->events & (EPOLLERR | EPOLLHUP) && !(e->events & EPOLLIN)) die("connection %d reset", c->id);
  if (e->events & EPOLLOUT) {
    if (c->state == WS_CONNECTING || c->state == HTTP_CONNECTING) {
      watch(c, EPOLL_CTL_MOD, EPOLLIN);
      if (c->state == WS_CONNECTING) request_upgrade(c);
      else on_http_open(c);
    } else {
      flush(c);
    }
  }
  if (e->events & EPOLLIN) readable(c);
}
