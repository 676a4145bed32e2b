/*
 * A web server that says what a test wants it to say: one answer after the other, the last one
 * again and again, each on a connection of its own. It listens on 127.0.0.1 at a port of the
 * kernel's choice and writes down what it was asked.
 */
#ifndef TEST_SUPPORT_HTTP_PEER_H
#define TEST_SUPPORT_HTTP_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_PEER_REQUESTS = 64, HTTP_PEER_HEAD = 4096 };

struct http_answer {
	unsigned status;     /* 0: none, the connection is held until the asker goes */
	const char *headers; /* complete lines, each with CR LF; may be NULL */
	const char *body;    /* may be NULL */
	size_t n;	     /* octets of it; 0: up to its NUL */
	bool endless;	     /* the body comes again and again, without a length */
};

struct http_peer {
	pthread_mutex_t lock;		   /* of the next two */
	const struct http_answer *answers; /* n of them */
	unsigned n;
	uint16_t port;					/* where it listens */
	int fd;						/* there */
	pthread_t thread;				/* that serves */
	_Atomic bool stop;				/* it is to end */
	_Atomic unsigned count;				/* requests so far */
	char heads[HTTP_PEER_REQUESTS][HTTP_PEER_HEAD]; /* request line, headers and body of the
							   first; both fit */
};

/* A new one, heap; fails the test if there is none to be had. */
struct http_peer *http_peer_start(const struct http_answer *answers, unsigned n);

/* Ends and frees it. */
void http_peer_stop(struct http_peer *p);

/* Other answers from now on, the first of them next. */
void http_peer_say(struct http_peer *p, const struct http_answer *answers, unsigned n);

/* The URL of a path, "http://127.0.0.1:PORT/path", in one of a few static buffers. */
const char *http_peer_url(const struct http_peer *p, const char *path);

#define HTTP_JSON "Content-Type: application/json\r\n"

#endif
