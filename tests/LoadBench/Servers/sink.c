/* The floor: receives from any number of connections and writes each to a file of its own in batches of 256 KiB. No protocol, nothing else.
   usage: sink PORT DIRECTORY; ends on SIGTERM with everything written. */
#define _GNU_SOURCE /* accept4 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 256 * 1024, EVENTS = 256 };

struct connection { int socket, file; size_t held; char data[BATCH]; };

static volatile sig_atomic_t stopping;
static void stop(int signal) { (void)signal; stopping = 1; }

static void spill(struct connection *c)
{
    for (size_t done = 0; done < c->held;) {
        ssize_t n = write(c->file, c->data + done, c->held - done);
        if (n < 0) { perror("write"); exit(1); }
        done += (size_t)n;
    }
    c->held = 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) { fprintf(stderr, "usage: sink PORT DIRECTORY\n"); return 2; }
    struct sigaction action = { .sa_handler = stop };
    sigaction(SIGTERM, &action, NULL);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1])), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1, poll = epoll_create1(0), count = 0;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) { perror("listen"); return 1; }
    struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = NULL } }, events[EVENTS];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    fprintf(stderr, "ready\n");
    struct connection **all = NULL;
    while (!stopping) {
        int ready = epoll_wait(poll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (c == NULL) {
                char path[4096];
                c = malloc(sizeof *c);
                snprintf(path, sizeof path, "%s/%d.raw", argv[2], count);
                c->socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                c->file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);
                c->held = 0;
                all = realloc(all, (size_t)(count + 1) * sizeof *all);
                all[count++] = c;
                event.data.ptr = c;
                epoll_ctl(poll, EPOLL_CTL_ADD, c->socket, &event);
                continue;
            }
            ssize_t n = read(c->socket, c->data + c->held, BATCH - c->held);
            if (n > 0) {
                c->held += (size_t)n;
                if (c->held == BATCH) spill(c);
            } else if (n == 0 || errno != EAGAIN) {
                spill(c);
                close(c->socket);
            }
        }
    }
    for (int i = 0; i < count; i++) spill(all[i]);
    return 0;
}
