/*
 * Text as it is, see verbatim.h. Called by encoders on workers' threads.
 */
#include "formats/verbatim.h"

/* Octets at s that are ASCII. */
static size_t ascii_run(const uint8_t *s, size_t n)
{
	size_t i = 0;
	uint64_t v;

	for (; n - i >= 8; i += 8) {
		memcpy(&v, s + i, 8);
		if (v & UINT64_C(0x8080808080808080)) {
			break;
		}
	}
	while (i < n && s[i] < 0x80) {
		i++;
	}
	return i;
}

void sn_verbatim_put(struct sn_text *t, const uint8_t *s, size_t n)
{
	size_t i = 0;

	while (i < n && !t->full) {
		size_t run = ascii_run(s + i, n - i);

		sn_text_put(t, s + i, run);
		i += run;
		if (i < n) {
			i += sn_text_utf8(t, s + i, n - i);
		}
	}
}
