/*
 * Whereabouts of scalars between rounds, see found.h. Worker thread.
 */
#include "round/found.h"

#include <stdlib.h>

const struct sn_found_one *sn_found_get(const struct sn_found *f, uint32_t number)
{
	for (uint32_t i = 0; f && i < f->n; i++) {
		if (f->one[i].number == number) {
			return &f->one[i];
		}
	}
	return NULL;
}

static bool is_among(const struct sn_found_one *v, uint32_t n, uint32_t number)
{
	for (uint32_t i = 0; i < n; i++) {
		if (v[i].number == number) {
			return true;
		}
	}
	return false;
}

/* Appends with a copy of the name. Where the next name goes. */
static uint8_t *put(struct sn_found *f, const struct sn_found_one *one, uint8_t *at)
{
	struct sn_found_one *mine = &f->one[f->n++];

	mine->number = one->number;
	mine->name = sn_span_make(at, one->name.n);
	if (one->name.n) {
		memcpy(at, one->name.p, one->name.n);
	}
	return at + one->name.n;
}

struct sn_found *sn_found_new(const struct sn_found *before, const struct sn_found_one *now,
			      uint32_t n, uint64_t until)
{
	uint32_t all = n + (before ? before->n : 0);
	size_t octets = sizeof(struct sn_found) + all * sizeof(struct sn_found_one);
	struct sn_found *f;
	uint8_t *at;

	for (uint32_t i = 0; i < n; i++) {
		octets += now[i].name.n;
	}
	for (uint32_t i = 0; before && i < before->n; i++) {
		octets += before->one[i].name.n;
	}
	f = malloc(octets);
	if (!f) {
		return NULL;
	}
	f->until = until;
	f->n = 0;
	at = (uint8_t *)&f->one[all];
	for (uint32_t i = 0; i < n; i++) {
		at = put(f, &now[i], at);
	}
	for (uint32_t i = 0; before && i < before->n; i++) {
		if (!is_among(now, n, before->one[i].number)) {
			at = put(f, &before->one[i], at);
		}
	}
	return f;
}

void sn_found_free(struct sn_found *f)
{
	free(f);
}
