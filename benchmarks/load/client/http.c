// HTTP for long-polling: requests out, responses in.
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void put_post(Conn *c, const char *text) {
  char request[2048];
  int n = snprintf(request, sizeof request,
                   "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                   "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: %zu\r\n\r\n%s",
                   c->sid, port_of(c), strlen(text), text);
  if (n >= (int)sizeof request) die("a POST of %d bytes is too long", n);
  c->posting = 1;
  put(c, request, n);
}

void put_get(Conn *c) {
  char request[512];
  int n = snprintf(request, sizeof request,
                   "GET /socket.io/?EIO=4&transport=polling%s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
                   c->sid[0] ? "&sid=" : "", c->sid, port_of(c));
  put(c, request, n);
}

// Joins the chunks from `from` up to `end` in place. Returns the bytes read, 0
// while the last chunk is not there; *len is then the length of the text.
static size_t join_chunks(char *from, char *end, size_t *len) {
  char *p = from;
  for (size_t size = 1; size;) {  // is it all here?
    char *line_end = memmem(p, end - p, "\r\n", 2);
    if (!line_end) return 0;
    size = strtoul(p, NULL, 16);
    if (line_end + 2 + size + 2 > end) return 0;
    p = line_end + 2 + size + 2;
  }
  size_t used = p - from;
  char *to = from;
  for (p = from;;) {
    size_t size = strtoul(p, NULL, 16);
    if (!size) break;
    p = strstr(p, "\r\n") + 2;
    memmove(to, p, size);
    to += size;
    p += size + 2;
  }
  *len = to - from;
  return used;
}

// Takes one whole response from c->in; 0 when there is none yet.
int take_response(Conn *c) {
  char *end = c->in.len ? strstr(c->in.data, "\r\n\r\n") : NULL;
  if (!end) return 0;
  char *body = end + 4;
  size_t have = c->in.data + c->in.len - body, len, used;
  if (strncmp(c->in.data, "HTTP/1.1 200", 12)) die("HTTP: %.120s ... %.80s", c->in.data, body);
  *end = 0;
  char *length = strcasestr(c->in.data, "\ncontent-length:");
  int chunked = strcasestr(c->in.data, "\ntransfer-encoding: chunked") != NULL;
  *end = '\r';
  if (length) {
    used = len = atol(length + 16);
    if (have < len) return 0;
  } else if (chunked) {
    used = join_chunks(body, body + have, &len);
    if (!used) return 0;
  } else {
    die("an HTTP response without a length");
  }
  char *copy = allocate(len + 1);
  memcpy(copy, body, len);
  c->in.len = have - used;
  memmove(c->in.data, body + used, c->in.len + 1);
  on_http_body(c, copy);
  free(copy);
  return 1;
}
