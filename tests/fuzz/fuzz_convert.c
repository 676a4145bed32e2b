/*
 * Fuzz target: regular expressions, display hints, strptime patterns and the octets they are held
 * against. The first octet says which conversion, the second the wire tag and the type beside the
 * value; then come the pattern, a NUL, the octets.
 */
#include "plan/convert.h"

#include "base/utf8.h"
#include "support/fuzz.h"

enum { PATTERN_MAX = 512, WAYS = SN_CONVERT_DISPLAY_HINT + 1 };

/* One input, taken apart. */
struct input {
	char pattern[PATTERN_MAX]; /* regex, template, hint or strptime pattern */
	struct sn_span octets;	   /* a value's */
	uint8_t how;		   /* first octet */
	uint8_t type;		   /* second octet */
};

static void match_text(const struct sn_regex *re, struct sn_span text)
{
	struct sn_span groups[SN_REGEX_GROUPS_MAX];
	uint32_t n = sn_regex_groups(re);
	struct sn_extract e = {.regex = re, .value = "${1}"};
	double d;
	int rc;

	fuzz_expect(n >= 1 && n <= SN_REGEX_GROUPS_MAX);
	rc = sn_regex_match(re, text, groups, n);
	fuzz_expect(rc == SN_OK || rc == SN_ENOENT);
	for (uint32_t i = 0; i < n && !rc; i++) {
		/* a group is a part of the whole match, and of UTF-8 even where the text was not */
		for (size_t at = 0; at < groups[i].n;) {
			size_t len = sn_utf8_length(groups[i].p + at, groups[i].n - at);

			fuzz_expect(len > 0);
			at += len;
		}
	}
	rc = sn_convert_extract(&e, 1, text, &d);
	fuzz_expect(rc == SN_OK || rc == SN_ENOENT);
}

static void check_regex(const struct input *in)
{
	char why[SN_REGEX_WHY_MAX] = "";
	struct sn_regex *re;
	int rc = sn_regex_compile(in->pattern, in->type & SN_REGEX_ANCHORED, &re, why, sizeof(why));

	fuzz_expect(rc == SN_OK || rc == SN_EINVAL);
	fuzz_expect((rc == SN_OK) == (re != NULL));
	if (rc) {
		fuzz_expect(why[0] != '\0' && !strchr(why, '\n'));
		return;
	}
	match_text(re, in->octets);
	sn_regex_free(re);
}

/* The pattern as a template. */
static void check_template(const struct input *in)
{
	struct sn_regex *re;
	struct sn_extract e = {.value = in->pattern};
	double d;
	int rc = sn_regex_compile("(?s)(\\w*)(?P<rest>.*)", SN_REGEX_ANCHORED, &re, NULL, 0);

	fuzz_expect(rc == SN_OK);
	e.regex = re;
	rc = sn_convert_extract(&e, 1, in->octets, &d);
	fuzz_expect(rc == SN_OK || rc == SN_ENOENT);
	sn_regex_free(re);
}

static void check_convert(const struct input *in, struct sn_arena *arena)
{
	static const uint8_t tags[] = {SN_TAG_OCTETS, SN_TAG_OCTETS, SN_TAG_OPAQUE, SN_TAG_OID};
	struct sn_convert_spec spec = {.how = (enum sn_convert)(in->how % WAYS),
				       .text = in->pattern,
				       .lookup = in->type & 4};
	struct sn_value v = {.tag = tags[in->type & 3], .bytes = in->octets};
	struct sn_value out;
	size_t sum = 0;
	int rc = sn_convert(&spec, &v, in->type >> 4, arena, &out);

	if (rc) {
		fuzz_expect(rc == SN_ENOENT && spec.how <= SN_CONVERT_NTP_TIME_STAMP);
		return;
	}
	fuzz_expect(out.tag ==
		    (spec.how <= SN_CONVERT_NTP_TIME_STAMP ? SN_TAG_INTEGER : SN_TAG_OCTETS));
	if (out.tag == SN_TAG_OCTETS) {
		/* touched for the address sanitizer to see */
		for (size_t i = 0; i < out.bytes.n; i++) {
			sum += out.bytes.p[i];
		}
		fuzz_expect(sum != SIZE_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sn_arena_pool pool;
	struct sn_arena arena;
	struct input in;
	const uint8_t *nul = size > 2 ? memchr(data + 2, '\0', size - 2) : NULL;
	size_t n = nul ? (size_t)(nul - data) - 2 : 0;

	if (!nul || n >= PATTERN_MAX) {
		return 0;
	}
	if (!pool.chunk_size) {
		sn_arena_pool_init(&pool, 4096);
	}
	sn_arena_init(&arena, &pool);
	in.how = data[0];
	in.type = data[1];
	memcpy(in.pattern, data + 2, n + 1);
	in.octets = sn_span_make(nul + 1, size - 3 - n);
	if (in.how & 0x80) {
		check_regex(&in);
	} else if (in.how & 0x40) {
		check_template(&in);
	} else {
		check_convert(&in, &arena);
	}
	sn_arena_reset(&arena);
	return 0;
}
