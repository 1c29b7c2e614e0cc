// Memory, text, options.
#include "client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char *format, ...) {
  va_list args;
  va_start(args, format);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  exit(1);
}

void *allocate(size_t n) {
  void *p = calloc(1, n);
  if (!p) die("out of memory");
  return p;
}

char *format(const char *template, ...) {
  char *text;
  va_list args;
  va_start(args, template);
  if (vasprintf(&text, template, args) < 0) die("out of memory");
  va_end(args);
  return text;
}

void append(Buffer *b, const void *p, size_t n) {
  if (b->len + n + 1 > b->cap) {
    b->cap = (b->len + n + 1) * 2;
    b->data = realloc(b->data, b->cap);
    if (!b->data) die("out of memory");
  }
  memcpy(b->data + b->len, p, n);
  b->len += n;
  b->data[b->len] = 0;
}

struct Options opt;

static int g_argc;
static char **g_argv;

static const char *text_option(const char *key, const char *fallback) {
  size_t n = strlen(key);
  for (int i = 1; i < g_argc; i++)
    if (!strncmp(g_argv[i], key, n) && g_argv[i][n] == '=') return g_argv[i] + n + 1;
  return fallback;
}

static long number_option(const char *key, long fallback) {
  const char *value = text_option(key, NULL);
  return value ? atol(value) : fallback;
}

static int numbers_option(const char *key, int *numbers) {
  int n = 0;
  const char *text = text_option(key, NULL);
  while (text && n < MAX_MEMBERS) {
    numbers[n++] = atoi(text);
    text = strchr(text, ',');
    if (text) text++;
  }
  return n;
}

void read_options(int argc, char **argv) {
  g_argc = argc;
  g_argv = argv;
  opt.scenario = text_option("scenario", "echo");
  opt.n_ports = numbers_option("port", opt.ports);
  opt.n_pids = numbers_option("pid", opt.pids);
  if (!opt.n_ports || !opt.n_pids) die("no port, or no pid");
  opt.clients = number_option("clients", 200);
  opt.count = number_option("count", 100000);
  opt.warm = number_option("warm", opt.count / 10);
  opt.window = number_option("window", 1);
  opt.rate = number_option("rate", 0);
  opt.size = number_option("size", 100);
  opt.objects = number_option("objects", 1);
  opt.depth = number_option("depth", 1);
  opt.vary = number_option("vary", 0);
  opt.stall = number_option("stall", 0);
  opt.dial = number_option("dial", 64);
  opt.connect_warm = number_option("connect_warm", 0);
  opt.browser = number_option("browser", 0);
  opt.settle = number_option("settle", 0);
  opt.hold = number_option("hold", 0);
  opt.seconds = number_option("seconds", 0);
  opt.timeout = number_option("timeout", 60);
}
