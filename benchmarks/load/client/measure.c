// Time, CPU time, memory, latency.
#include "client.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static void add_process(Sample *s, int pid) {
  clockid_t clock;
  struct timespec t;
  if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t)) die("no process %d", pid);
  s->cpu += t.tv_sec + t.tv_nsec / 1e9;
  char path[64], stat[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int fd = open(path, O_RDONLY);
  if (fd < 0) die("no %s", path);
  ssize_t n = read(fd, stat, sizeof stat - 1);
  close(fd);
  stat[n > 0 ? n : 0] = 0;
  char *fields = strrchr(stat, ')');  // the name before may hold anything
  unsigned long user = 0, sys = 0;
  if (fields) sscanf(fields + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &sys);
  double ticks = sysconf(_SC_CLK_TCK);
  s->user += user / ticks;
  s->sys += sys / ticks;
}

Sample sample(void) {
  Sample s = {0};
  for (int i = 0; i < opt.n_pids; i++) add_process(&s, opt.pids[i]);
  struct rusage own;
  getrusage(RUSAGE_SELF, &own);
  s.client = own.ru_utime.tv_sec + own.ru_stime.tv_sec + (own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
  s.at = now();
  return s;
}

static long process_rss_kib(int pid) {
  char path[64], line[256];
  long kib = 0;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *f = fopen(path, "r");
  while (f && fgets(line, sizeof line, f))
    if (sscanf(line, "VmRSS: %ld", &kib) == 1) break;
  if (f) fclose(f);
  return kib;
}

long rss_kib(void) {
  long kib = 0;
  for (int i = 0; i < opt.n_pids; i++) kib += process_rss_kib(opt.pids[i]);
  return kib;
}

enum { LATENCIES = 2000000 };  // a bucket per microsecond, up to two seconds
static uint32_t latencies[LATENCIES];
static uint64_t n_latencies;

void record_latency(double microseconds) {
  long i = microseconds < 0 ? 0 : microseconds;
  latencies[i < LATENCIES ? i : LATENCIES - 1]++;
  n_latencies++;
}

void forget_latencies(void) {
  memset(latencies, 0, sizeof latencies);
  n_latencies = 0;
}

long latency_percentile(double p) {
  uint64_t wanted = n_latencies * p, seen = 0;
  for (long i = 0; i < LATENCIES; i++)
    if ((seen += latencies[i]) > wanted) return i;
  return 0;
}
