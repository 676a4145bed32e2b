/*
 * Exact-size heap blocks for tests, see bytes.h.
 */
#include "support/bytes.h"

#include <stdio.h>
#include <stdlib.h>

struct block {
	struct block *next; /* handed out before */
	uint8_t *data;	    /* the bytes, a malloc of their own: the red zone begins right behind */
};

static struct block *blocks;

static uint8_t *block_new(size_t n)
{
	struct block *b = malloc(sizeof(*b));

	if (!b) {
		abort();
	}
	b->data = malloc(n ? n : 1);
	if (!b->data) {
		abort();
	}
	b->next = blocks;
	blocks = b;
	/* an empty input starts at the end of its one byte: any read is out of bounds */
	return n ? b->data : b->data + 1;
}

struct sn_span bytes_copy(const void *p, size_t n)
{
	uint8_t *d = block_new(n);

	if (n) {
		memcpy(d, p, n);
	}
	return sn_span_make(d, n);
}

static int digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

struct sn_span bytes_hex(const char *hex)
{
	uint8_t tmp[4096];
	size_t n = 0;

	while (*hex) {
		if (*hex == ' ') {
			hex++;
			continue;
		}
		if (digit(hex[0]) < 0 || digit(hex[1]) < 0 || n == sizeof(tmp)) {
			fprintf(stderr, "bad hex: %s\n", hex);
			abort();
		}
		tmp[n++] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
		hex += 2;
	}
	return bytes_copy(tmp, n);
}

void bytes_free_all(void)
{
	while (blocks) {
		struct block *b = blocks;

		blocks = b->next;
		free(b->data);
		free(b);
	}
}
