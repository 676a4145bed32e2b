/*
 * Prometheus' text format, see metrics.h. Called by daemon for its files and by serve for its
 * pages.
 */
#include "observe/metrics.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

const char *sn_metrics_type(const char *name)
{
	size_t n = strlen(name);

	return n > 6 && strcmp(name + n - 6, "_total") == 0 ? "counter" : "gauge";
}

size_t sn_metrics_write(const uint64_t v[SN_COUNTER_COUNT], char *out, size_t size)
{
	size_t n = 0;

	assert(size >= SN_METRICS_MAX);
	out[0] = '\0';
	for (unsigned id = 0; id < SN_COUNTER_COUNT && n < size; id++) {
		const char *name = sn_counter_name((enum sn_counter)id);

		/* help texts have neither a backslash nor a line end, which would need escapes */
		n += (size_t)snprintf(out + n, size - n,
				      "# HELP sonde_%s %s.\n# TYPE sonde_%s %s\n"
				      "sonde_%s %" PRIu64 "\n",
				      name, sn_counter_help((enum sn_counter)id), name,
				      sn_metrics_type(name), name, v[id]);
	}
	return n < size ? n : size - 1;
}

void sn_metrics_family(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s.\n# TYPE %s %s\n", name, help, name, type);
}

/* The character at s, escaped; returns the octets taken. */
static size_t write_character(FILE *out, const char *s)
{
	size_t len;

	switch (*s) {
	case '\\':
		fputs("\\\\", out);
		return 1;
	case '"':
		fputs("\\\"", out);
		return 1;
	case '\n':
		fputs("\\n", out);
		return 1;
	default:
		break;
	}
	if ((unsigned char)*s < 0x80) {
		fputc(*s, out);
		return 1;
	}
	len = sn_utf8_length((const uint8_t *)s, strlen(s));
	fwrite(len ? s : "\xef\xbf\xbd", 1, len ? len : 3, out);
	return len ? len : 1;
}

static void write_name(FILE *out, const char *name, struct sn_metrics_labels labels)
{
	fputs(name, out);
	for (unsigned i = 0; i < labels.n; i++) {
		fprintf(out, "%c%s=\"", i ? ',' : '{', labels.v[i].name);
		for (const char *s = labels.v[i].value; *s;) {
			s += write_character(out, s);
		}
		fputc('"', out);
	}
	fputs(labels.n ? "} " : " ", out);
}

void sn_metrics_uint(FILE *out, const char *name, struct sn_metrics_labels labels, uint64_t v)
{
	write_name(out, name, labels);
	fprintf(out, "%" PRIu64 "\n", v);
}

void sn_metrics_real(FILE *out, const char *name, struct sn_metrics_labels labels, double v)
{
	write_name(out, name, labels);
	fprintf(out, "%.15g\n", v);
}

void sn_metrics_durations(FILE *out, const char *name, const struct sn_hist *h)
{
	static const struct {
		const char *le; /* seconds */
		uint64_t ns;	/* the same */
	} bounds[] = {
		{"0.001", SN_NS_PER_MS},      {"0.0025", 2500 * SN_NS_PER_US},
		{"0.005", 5 * SN_NS_PER_MS},  {"0.01", 10 * SN_NS_PER_MS},
		{"0.025", 25 * SN_NS_PER_MS}, {"0.05", 50 * SN_NS_PER_MS},
		{"0.1", 100 * SN_NS_PER_MS},  {"0.25", 250 * SN_NS_PER_MS},
		{"0.5", 500 * SN_NS_PER_MS},  {"1", SN_NS_PER_SEC},
		{"2.5", 2500 * SN_NS_PER_MS}, {"5", 5 * SN_NS_PER_SEC},
		{"10", 10 * SN_NS_PER_SEC},   {"30", 30 * SN_NS_PER_SEC},
		{"60", 60 * SN_NS_PER_SEC},   {"120", 120 * SN_NS_PER_SEC},
		{"300", 300 * SN_NS_PER_SEC}, {"+Inf", UINT64_MAX},
	};
	uint64_t n = 0;

	for (unsigned i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		n = sn_hist_count(h, bounds[i].ns);
		fprintf(out, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", name, bounds[i].le, n);
	}
	/* the count is that of the last bucket, whatever was added meanwhile */
	fprintf(out, "%s_sum %.15g\n%s_count %" PRIu64 "\n", name,
		(double)atomic_load_explicit(&h->sum, memory_order_relaxed) / 1e9, name, n);
}
