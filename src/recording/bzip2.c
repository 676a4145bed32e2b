/*
 * Unpacks .bz2: the only file that includes libbzip2. Called by recording.c on the main thread.
 */
#include "recording/unpack.h"

#include <bzlib.h>
#include <stdlib.h>

/* Room for more output, up to one octet above max, so that more than max shows. SN_EIO: it is. */
static int make_room(bz_stream *z, uint8_t **out, size_t *cap, size_t used, size_t max)
{
	size_t size = *cap * 2 < max ? *cap * 2 : max + 1;
	uint8_t *p;

	if (used > max) {
		return SN_EIO;
	}
	p = realloc(*out, size);
	if (!p) {
		return SN_ENOMEM;
	}
	*out = p;
	*cap = size;
	z->next_out = (char *)p + used;
	z->avail_out = (unsigned)(size - used);
	return SN_OK;
}

/* One stream; the input that is left behind it stays in z. */
static int unpack_stream(bz_stream *z, size_t max, uint8_t **out, size_t *cap, size_t *n)
{
	int rc = SN_OK;

	while (rc == SN_OK) {
		int status = BZ2_bzDecompress(z);

		*n = (size_t)((uint8_t *)z->next_out - *out);
		if (status == BZ_STREAM_END) {
			return *n > max ? SN_EIO : SN_OK;
		}
		if (status != BZ_OK) {
			return status == BZ_MEM_ERROR ? SN_ENOMEM : SN_EIO;
		}
		if (z->avail_out == 0) {
			rc = make_room(z, out, cap, *n, max);
		} else if (z->avail_in == 0) {
			rc = SN_EIO; /* cut */
		}
	}
	return rc;
}

int sn_bzip2_unpack(struct sn_span in, size_t max, uint8_t **out, size_t *n)
{
	bz_stream z = {.next_in = (char *)(uintptr_t)in.p, .avail_in = (unsigned)in.n};
	size_t cap = in.n * 8 + 1024 < max ? in.n * 8 + 1024 : max / 2 + 1;
	int rc;

	*out = NULL;
	*n = 0;
	if (in.n > UINT32_MAX || max >= UINT32_MAX) {
		return SN_EIO;
	}
	rc = make_room(&z, out, &cap, 0, max);
	do {
		if (rc == SN_OK && BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK) {
			rc = SN_ENOMEM;
		}
		if (rc == SN_OK) {
			rc = unpack_stream(&z, max, out, &cap, n);
			BZ2_bzDecompressEnd(&z);
		}
	} while (rc == SN_OK && z.avail_in);
	if (rc) {
		free(*out);
		*out = NULL;
	}
	return rc;
}
