// WebSocket: the handshake, and frames in both directions.
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Writes a masked frame. The mask is never zero: some servers skip a zero mask.
size_t write_frame(char *to, int opcode, const char *payload, size_t len) {
  static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
  uint8_t *p = (uint8_t *)to;
  *p++ = 0x80 | opcode;
  if (len < 126) {
    *p++ = 0x80 | len;
  } else if (len < 65536) {
    *p++ = 0x80 | 126;
    *p++ = len >> 8;
    *p++ = len;
  } else {
    *p++ = 0x80 | 127;
    for (int shift = 56; shift >= 0; shift -= 8) *p++ = (uint64_t)len >> shift;
  }
  memcpy(p, mask, 4);
  p += 4;
  for (size_t i = 0; i < len; i++) p[i] = payload[i] ^ mask[i & 3];
  return (char *)p + len - to;
}

void put_text(Conn *c, const char *text) {
  char frame[512];
  put(c, frame, write_frame(frame, TEXT, text, strlen(text)));
}

void request_upgrade(Conn *c) {
  // What Chromium sends, in its order, to a site that keeps a few cookies.
  static const char before[] =
      "Pragma: no-cache\r\nCache-Control: no-cache\r\n"
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/142.0.0.0 Safari/537.36\r\n";
  static const char after[] =
      "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
      "Cookie: session=eyJ1IjoxMjM0NSwiZSI6MTczMjMyMDAwMH0.c2lnbmF0dXJlLW9mLXNvcnRz; "
      "theme=dark; consent=necessary%2Cstatistics; _ga=GA1.1.1234567890.1732320000\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
  char origin[64] = "", request[2048];
  if (opt.browser) snprintf(origin, sizeof origin, "Origin: http://127.0.0.1:%d\r\n", port_of(c));
  int n = snprintf(request, sizeof request,
                   "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                   "Connection: Upgrade\r\n%sUpgrade: websocket\r\n%sSec-WebSocket-Version: 13\r\n%s"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                   port_of(c), opt.browser ? before : "", origin, opt.browser ? after : "");
  c->state = WS_UPGRADING;
  put(c, request, n);
}

static void message_done(Conn *c) {
  c->head[c->head_len] = 0;
  if (c->opcode == PING) {
    char frame[160];
    put(c, frame, write_frame(frame, PONG, c->head, c->head_len));
  } else if (c->opcode == CLOSE) {
    die("the server closed connection %d", c->id);
  } else if (c->opcode == TEXT || c->opcode == BINARY) {
    on_message(c);
  }
  c->head_len = c->msg_len = 0;
}

// Reads frames: whole messages of any length, of which only the head is kept.
void read_frames(Conn *c, const uint8_t *p, size_t n) {
  while (n) {
    if (!c->in_body) {
      c->frame_head[c->frame_head_len++] = *p++;
      n--;
      if (c->frame_head_len < 2) continue;
      int short_len = c->frame_head[1] & 127;
      int needed = 2 + (short_len == 126 ? 2 : short_len == 127 ? 8 : 0);
      if (c->frame_head_len < needed) continue;
      uint64_t len = short_len < 126 ? short_len : 0;
      for (int i = 2; i < needed; i++) len = len << 8 | c->frame_head[i];
      if (c->frame_head[0] & 15) c->opcode = c->frame_head[0] & 15;  // else a continuation
      c->body_left = len;
      c->msg_len += len;
      c->in_body = 1;
      c->frame_head_len = 0;
    }
    size_t k = n < c->body_left ? n : c->body_left;
    size_t room = HEAD - 1 - c->head_len, kept = k < room ? k : room;
    memcpy(c->head + c->head_len, p, kept);
    c->head_len += kept;
    p += k;
    n -= k;
    c->body_left -= k;
    if (c->body_left) continue;
    c->in_body = 0;
    if (c->frame_head[0] & 0x80) message_done(c);
  }
}

// Reads the answer to an upgrade; whatever follows it is frames already.
void take_upgrade(Conn *c) {
  char *end = strstr(c->in.data, "\r\n\r\n");
  if (!end) return;
  if (strncmp(c->in.data, "HTTP/1.1 101", 12)) die("upgrade refused: %.200s", c->in.data);
  *end = 0;
  if (strcasestr(c->in.data, "\nsec-websocket-extensions:")) die("the server wants to compress");
  c->state = WS_OPEN;
  char *rest = end + 4;
  read_frames(c, (uint8_t *)rest, c->in.data + c->in.len - rest);
  free(c->in.data);
  c->in = (Buffer){0};
}
