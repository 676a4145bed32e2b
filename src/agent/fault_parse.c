/*
 * The text of --fault, see sn_fault_parse in fault.h. Called once, when the simulator starts.
 */
#include "agent/fault.h"

#include <stdio.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { WORD = 40, MESSAGE_LEAST = 484, MESSAGE_MOST = 65507 };

/* What a value is. A fault's name may stand for a share and a time: the unit tells which. */
enum kind { SHARE, TIME, NUMBER, FLAG, UNREAD };

/* What was to come instead. */
static const char *const expected[UNREAD + 1] = {"a share such as 2% or 500ppm",
						 "a time such as 20ms", "a whole number",
						 "no value", "a value"};

struct field {
	const char *name; /* in the text */
	enum kind kind;	  /* of its value */
	size_t offset;	  /* of it in struct sn_fault_spec */
};

static const struct field fields[] = {
	{"share", SHARE, offsetof(struct sn_fault_spec, share_ppm)},
	{"dead", SHARE, offsetof(struct sn_fault_spec, dead_ppm)},
	{"loss", SHARE, offsetof(struct sn_fault_spec, loss_ppm)},
	{"dup", SHARE, offsetof(struct sn_fault_spec, dup_ppm)},
	{"reorder", SHARE, offsetof(struct sn_fault_spec, reorder_ppm)},
	{"reorder", TIME, offsetof(struct sn_fault_spec, reorder_ns)},
	{"delay", TIME, offsetof(struct sn_fault_spec, delay_ns)},
	{"jitter", TIME, offsetof(struct sn_fault_spec, jitter_ns)},
	{"wrong_id", SHARE, offsetof(struct sn_fault_spec, wrong_id_ppm)},
	{"garbage", SHARE, offsetof(struct sn_fault_spec, garbage_ppm)},
	{"cut", SHARE, offsetof(struct sn_fault_spec, cut_ppm)},
	{"stall", SHARE, offsetof(struct sn_fault_spec, stall_ppm)},
	{"stall", TIME, offsetof(struct sn_fault_spec, stall_ns)},
	{"service", TIME, offsetof(struct sn_fault_spec, service_ns)},
	{"rate", NUMBER, offsetof(struct sn_fault_spec, rate)},
	{"max_message", NUMBER, offsetof(struct sn_fault_spec, max_message)},
	{"nonincreasing", FLAG, offsetof(struct sn_fault_spec, nonincreasing)},
	{"forgets_boots", FLAG, offsetof(struct sn_fault_spec, forgets_boots)},
};

static const struct {
	const char *name; /* behind the number */
	enum kind kind;	  /* of the value */
	uint64_t factor;  /* ppm, ns */
} units[] = {
	{"%", SHARE, 10000},
	{"ppm", SHARE, 1},
	{"ns", TIME, 1},
	{"us", TIME, 1000},
	{"ms", TIME, 1000000},
	{"s", TIME, UINT64_C(1000000000)},
	{"m", TIME, UINT64_C(60) * 1000000000},
	{"h", TIME, UINT64_C(3600) * 1000000000},
	{"", NUMBER, 1},
};

/* The largest value of each kind: all; a day; 32 bits. */
static const uint64_t most[UNREAD + 1] = {SN_FAULT_ALL, UINT64_C(86400) * 1000000000, UINT32_MAX};

/* A word out of the text, and its parts. */
struct item {
	char word[WORD];   /* "loss=2%" */
	char name[WORD];   /* "loss" */
	const char *value; /* "2%"; NULL: no "=" */
	enum kind kind;	   /* of the value; FLAG: there is none */
	uint64_t n;	   /* the value in ppm, ns or as it is */
};

/* What is wrong with a value, whose digits may all be 0; NULL: nothing. */
static const char *judge(const struct item *it, uint64_t digits)
{
	if (it->n > most[it->kind]) {
		return "is too large";
	}
	if (it->kind == NUMBER && strchr(it->value, '.')) {
		return "is not whole";
	}
	return it->n == 0 && digits ? "is too small" : NULL;
}

/* Number and unit. NULL, or what is wrong. */
static const char *read_value(struct item *it)
{
	const char *s = it->value;
	uint64_t whole = 0;
	uint64_t fraction = 0;
	uint64_t scale = 1;
	size_t digits = strspn(s, "0123456789");

	if (digits == 0 || digits > 10) {
		return "is no number in reach";
	}
	for (; digits; digits--) {
		whole = whole * 10 + (uint64_t)(*s++ - '0');
	}
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9' && scale < 1000000; s++) {
			fraction = fraction * 10 + (uint64_t)(*s - '0');
			scale *= 10;
		}
	}
	for (size_t i = 0; i < COUNT(units); i++) {
		if (strcmp(s, units[i].name) == 0) {
			it->kind = units[i].kind;
			if (whole > most[it->kind] / units[i].factor) {
				return "is too large";
			}
			it->n = whole * units[i].factor + fraction * units[i].factor / scale;
			return judge(it, whole | fraction);
		}
	}
	return "has no unit that fits";
}

/* The field that a word means: by name, and where a name has two by the kind of the value. */
static const struct field *find(const struct item *it)
{
	const struct field *found = NULL;

	for (size_t i = 0; i < COUNT(fields); i++) {
		if (strcmp(it->name, fields[i].name) == 0) {
			found = &fields[i];
			if (found->kind == it->kind) {
				return found;
			}
		}
	}
	return found;
}

static int refuse(char *why, const struct item *it, const char *what, const char *instead)
{
	snprintf(why, SN_FAULT_WHY, "%s: %s%s%s", it->word, what, instead ? "; expected " : "",
		 instead ? instead : "");
	return SN_EINVAL;
}

static int refuse_name(char *why, const struct item *it)
{
	snprintf(why, SN_FAULT_WHY,
		 "%.20s: expected share dead loss dup reorder delay jitter wrong_id garbage cut "
		 "stall service rate max_message nonincreasing forgets_boots",
		 it->name);
	return SN_EINVAL;
}

static void store(struct sn_fault_spec *spec, const struct field *f, uint64_t n)
{
	uint8_t *at = (uint8_t *)spec + f->offset;
	uint32_t n32 = (uint32_t)n;
	bool yes = true;

	switch (f->kind) {
	case TIME:
		memcpy(at, &n, sizeof(n));
		break;
	case FLAG:
		memcpy(at, &yes, sizeof(yes));
		break;
	default:
		memcpy(at, &n32, sizeof(n32));
		break;
	}
}

/* Takes one word into the spec; seen: a bit for each field. */
static int take(struct item *it, struct sn_fault_spec *spec, uint32_t *seen, char *why)
{
	char *equals = strchr(it->word, '=');
	const char *wrong = NULL;
	const struct field *f;
	uint32_t bit;

	memcpy(it->name, it->word, sizeof(it->name));
	it->name[equals ? equals - it->word : WORD - 1] = '\0';
	it->kind = FLAG;
	it->value = equals ? equals + 1 : NULL;
	if (it->value) {
		it->kind = UNREAD;
		wrong = read_value(it);
	}
	f = find(it);
	if (!f) {
		return refuse_name(why, it);
	}
	if (f->kind == FLAG && it->value) {
		return refuse(why, it, "is a flag", expected[FLAG]);
	}
	if (wrong || f->kind != it->kind) {
		return refuse(why, it, wrong ? wrong : "does not fit", expected[f->kind]);
	}
	bit = UINT32_C(1) << (f - fields);
	if (*seen & bit) {
		return refuse(why, it, "is given twice", NULL);
	}
	*seen |= bit;
	store(spec, f, it->n);
	return SN_OK;
}

/* What only all words together show. */
static int check(const struct sn_fault_spec *spec, char *why)
{
	const char *wrong = NULL;

	if ((spec->reorder_ppm == 0) != (spec->reorder_ns == 0)) {
		wrong = "reorder: expected how often and how long, such as "
			"reorder=1%,reorder=50ms";
	} else if ((spec->stall_ppm == 0) != (spec->stall_ns == 0)) {
		wrong = "stall: expected how often and how long, such as stall=100ppm,stall=5s";
	} else if (spec->max_message &&
		   (spec->max_message < MESSAGE_LEAST || spec->max_message > MESSAGE_MOST)) {
		wrong = "max_message: expected 484 to 65507 octets";
	}
	if (wrong) {
		snprintf(why, SN_FAULT_WHY, "%s", wrong);
		return SN_EINVAL;
	}
	return SN_OK;
}

int sn_fault_parse(const char *text, struct sn_fault_spec *spec, char *why)
{
	uint32_t seen = 0;

	*why = '\0';
	*spec = (struct sn_fault_spec){.share_ppm = SN_FAULT_ALL};
	for (;;) {
		size_t n = strcspn(text, ",");
		struct item it = {.n = 0};
		int rc;

		memcpy(it.word, text, n < WORD ? n : WORD - 1);
		if (n >= WORD || n == 0) {
			return refuse(why, &it, n ? "is too long" : "nothing there",
				      "name=value,name=value,...");
		}
		rc = take(&it, spec, &seen, why);
		if (rc) {
			return rc;
		}
		if (text[n] == '\0') {
			return check(spec, why);
		}
		text += n + 1;
	}
}
