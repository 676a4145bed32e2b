/*
 * Texts of made-up devices, written without stdio: a walk makes up three for each interface.
 * Called by the other files of synthetic*.c on a worker's thread.
 */
#include "store/synthetic_int.h"

struct sn_synthetic_text sn_synthetic_text_make(uint8_t *room, size_t n)
{
	struct sn_synthetic_text t;

	t.start = room;
	t.p = room;
	t.end = room + n;
	return t;
}

void sn_synthetic_text_add(struct sn_synthetic_text *t, const char *words)
{
	size_t n = strlen(words);
	size_t left = (size_t)(t->end - t->p);

	if (n > left) {
		n = left;
	}
	memcpy(t->p, words, n);
	t->p += n;
}

/* In decimal, with leading zeros up to so many digits. */
void sn_synthetic_text_number(struct sn_synthetic_text *t, uint32_t n, unsigned digits)
{
	char out[12];
	char *p = out + sizeof(out) - 1;

	*p = '\0';
	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n || (out + sizeof(out) - 1 - p < (ptrdiff_t)digits && p > out));
	sn_synthetic_text_add(t, p);
}

void sn_synthetic_text_end(const struct sn_synthetic_text *t, struct sn_value *v)
{
	v->bytes = sn_span_make(t->start, (size_t)(t->p - t->start));
}

void sn_synthetic_text_constant(struct sn_value *v, const char *octets, size_t n)
{
	v->bytes = sn_span_make(octets, n);
}
