/*
 * snmpsim's variation module numeric: a number as a function of time. There it keeps what it
 * answered last and draws from a random source; here the value depends on nothing but the record,
 * the device and the time, so that any number of devices share a record and a poller's values can
 * be checked. Read by a worker's thread for each such varbind.
 *
 *   value = initial + function(time * rate) * scale + offset + deviation
 *
 * deviation changes each second, by a hash. cumulative means "never goes down": sin and cos are
 * then what is added each second (nothing where negative), any other function is the sum itself,
 * offset is added each second, and deviation moves the time at which the counter gets somewhere.
 */
#include "recording/recording_int.h"
#include "base/clock.h"

#include <math.h>

static double identity(double x)
{
	return x;
}

/* Functions of Python's math module. */
static const struct {
	const char *name;
	double (*one)(double);	       /* of one argument */
	double (*two)(double, double); /* of two */
} functions[] = {
	{"", identity, NULL},	{"sin", sin, NULL},	{"cos", cos, NULL},
	{"tan", tan, NULL},	{"asin", asin, NULL},	{"acos", acos, NULL},
	{"atan", atan, NULL},	{"sinh", sinh, NULL},	{"cosh", cosh, NULL},
	{"tanh", tanh, NULL},	{"exp", exp, NULL},	{"log", log, NULL},
	{"log10", log10, NULL}, {"log2", log2, NULL},	{"sqrt", sqrt, NULL},
	{"ceil", ceil, NULL},	{"floor", floor, NULL}, {"fabs", fabs, NULL},
	{"trunc", trunc, NULL}, {"pow", NULL, pow},	{"fmod", NULL, fmod},
	{"atan2", NULL, atan2}, {"hypot", NULL, hypot},
};

enum { FUNCTION_SIN = 1, FUNCTION_COS = 2, FUNCTIONS = sizeof(functions) / sizeof(functions[0]) };

/* "pow%<time>%2" */
static const char *parse_function(struct sn_span text, struct sn_numeric *n, char *room,
				  size_t size)
{
	struct sn_vary_split sp;
	struct sn_span part;
	size_t args = 0;
	size_t f;

	sn_vary_split_init(&sp, text, '%');
	(void)sn_vary_split_next(&sp, &part);
	for (f = 1; f < FUNCTIONS && !sn_vary_is(part, functions[f].name); f++) {
	}
	if (f == FUNCTIONS) {
		return sn_vary_wrong(room, size, "function", part, "one of Python's math");
	}
	n->function = (uint8_t)f;
	n->time_arg = -1;
	while (sn_vary_split_next(&sp, &part)) {
		if (args == 2) {
			return sn_vary_wrong(room, size, "function", text, "at most two arguments");
		}
		if (sn_vary_is(part, "<time>")) {
			n->time_arg = (int8_t)args;
		} else if (sn_recording_double(part, &n->args[args])) {
			return sn_vary_wrong(room, size, "argument", part, "a number or <time>");
		}
		args++;
	}
	if (args == 0) {
		n->time_arg = 0;
		args = 1;
	}
	if (args != (functions[f].one ? 1 : 2)) {
		return sn_vary_wrong(room, size, "function", text,
				     functions[f].one ? "one argument" : "two arguments");
	}
	return NULL;
}

/* Where a number of this key goes; NULL: no such key. */
static double *number_of(struct sn_numeric *n, struct sn_span key)
{
	const struct {
		const char *key;
		double *at;
	} rows[] = {
		{"min", &n->min},
		{"max", &n->max},
		{"initial", &n->initial},
		{"rate", &n->rate},
		{"scale", &n->scale},
		{"offset", &n->offset},
		{"deviation", &n->deviation},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (sn_vary_is(key, rows[i].key)) {
			return rows[i].at;
		}
	}
	return NULL;
}

static bool *switch_of(struct sn_numeric *n, struct sn_span key)
{
	if (sn_vary_is(key, "atime")) {
		return &n->atime;
	}
	if (sn_vary_is(key, "wrap")) {
		return &n->wrap;
	}
	return sn_vary_is(key, "cumulative") ? &n->cumulative : NULL;
}

static const char *parse_pair(struct sn_span key, struct sn_span value, struct sn_numeric *n,
			      char *room, size_t size)
{
	double *number = number_of(n, key);
	bool *on = switch_of(n, key);
	double v;

	if (sn_vary_is(key, "function")) {
		return parse_function(value, n, room, size);
	}
	if (!number && !on) {
		return sn_vary_wrong(
			room, size, "option of numeric", key,
			"min, max, initial, rate, scale, offset, deviation, function, atime, "
			"wrap or cumulative");
	}
	if (sn_recording_double(value, &v)) {
		return sn_vary_wrong(room, size, "option of numeric", value, "a number");
	}
	if (number) {
		*number = v;
		n->has_initial |= number == &n->initial;
	} else {
		*on = fpclassify(v) != FP_ZERO;
	}
	return NULL;
}

/* The largest value of a type. */
static double type_max(uint8_t tag)
{
	if (tag == SN_TAG_INTEGER) {
		return INT32_MAX;
	}
	return tag == SN_TAG_COUNTER64 ? 0x1p64 : UINT32_MAX;
}

const char *sn_numeric_parse(uint8_t tag, struct sn_span args, struct sn_numeric *n, char *room,
			     size_t size)
{
	struct sn_vary_split sp;
	struct sn_span key;
	struct sn_span value;
	int more;

	*n = (struct sn_numeric){.max = type_max(tag), .rate = 1, .scale = 1};
	if (tag != SN_TAG_INTEGER && tag != SN_TAG_COUNTER64 &&
	    (tag < SN_TAG_COUNTER32 || tag > SN_TAG_TIMETICKS)) {
		return "type of a numeric record, expected 2, 65, 66, 67 or 70";
	}
	sn_vary_split_init(&sp, args, ',');
	while ((more = sn_vary_pair(&sp, &key, &value)) != 0) {
		const char *w =
			more < 0 ? sn_vary_wrong(room, size, "option of numeric", key, "KEY=VALUE")
				 : parse_pair(key, value, n, room, size);

		if (w) {
			return w;
		}
	}
	if (n->min > n->max) {
		return "min of a numeric record above its max, expected below";
	}
	return NULL;
}

static double apply(const struct sn_numeric *n, double t)
{
	double args[2] = {n->args[0], n->args[1]};

	if (n->time_arg >= 0) {
		args[n->time_arg] = t * n->rate;
	}
	return functions[n->function].one ? functions[n->function].one(args[0])
					  : functions[n->function].two(args[0], args[1]);
}

/* The area under max(0, a * cos(x) + b) from 0 to x, a not negative. */
static double area(double a, double b, double x)
{
	const double turn = 2 * M_PI;
	double full;
	double rest;
	double zero;
	double sum;

	if (b >= a) {
		return a * sin(x) + b * x;
	}
	if (b <= -a) {
		return 0;
	}
	zero = acos(-b / a); /* positive from -zero to zero, in each turn */
	sum = 2 * (a * sin(zero) + b * zero);
	full = floor(x / turn);
	rest = x - full * turn;
	sum *= full;
	sum += a * sin(fmin(rest, zero)) + b * fmin(rest, zero);
	if (rest > turn - zero) {
		sum += a * (sin(rest) - sin(turn - zero)) + b * (rest - (turn - zero));
	}
	return sum;
}

/* What has come together after t seconds. */
static double total(const struct sn_numeric *n, double t)
{
	double each = n->offset * n->rate; /* a second */
	double shift = n->function == FUNCTION_SIN ? -M_PI / 2 : 0;
	double a = fabs(n->scale);

	if (n->scale < 0) {
		shift += M_PI;
	}
	if ((n->function != FUNCTION_SIN && n->function != FUNCTION_COS) || n->time_arg < 0 ||
	    fpclassify(n->rate) == FP_ZERO) {
		return fmax(0, apply(n, t) * n->scale + each * t);
	}
	/* negative rates run the same curve backward */
	if (n->rate < 0 && n->function == FUNCTION_SIN) {
		shift += M_PI;
	}
	return (area(a, each, fabs(n->rate) * t + shift) - area(a, each, shift)) / fabs(n->rate);
}

/* The time at which a cumulative value with a deviation is: up to a second later than t, and never
 * running backward. */
static double moved(const struct sn_numeric *n, struct sn_span name, uint32_t device, double t)
{
	double second = floor(t);
	double growth = fabs((n->function == 0 ? n->scale * n->rate : 0) + n->offset * n->rate);
	double most = growth > n->deviation ? n->deviation / growth : 1;
	double from = sn_vary_chance(name, device, (uint64_t)second);
	double to = sn_vary_chance(name, device, (uint64_t)second + 1);

	return t + most * (from + (to - from) * (t - second));
}

static double raw_value(const struct sn_numeric *n, struct sn_span name,
			const struct sn_store_place *pl)
{
	double t = (double)(n->atime ? pl->wall : pl->uptime) / (double)SN_NS_PER_SEC;
	double start = n->has_initial ? n->initial : n->min;
	double v;

	if (n->cumulative) {
		if (n->deviation > 0) {
			t = moved(n, name, pl->device, t);
		}
		return start + total(n, t);
	}
	v = apply(n, t) * n->scale + n->offset;
	if (n->deviation > 0) {
		v += floor(2 * n->deviation * sn_vary_chance(name, pl->device, (uint64_t)t)) -
		     n->deviation;
	}
	return v + start; /* in snmpsim's order, for the same rounding */
}

void sn_numeric_value(const struct sn_numeric *n, uint8_t tag, struct sn_span name,
		      const struct sn_store_place *pl, struct sn_value *v)
{
	double x = raw_value(n, name, pl);

	if (isnan(x) || x < n->min) { /* not a number: the function has no value here */
		x = n->min;
	} else if (x > n->max) {
		x = n->wrap ? fmod(x, n->max) + n->min : n->max;
	}
	v->tag = tag;
	if (tag == SN_TAG_INTEGER) {
		v->i = (int64_t)fmax(INT32_MIN, fmin(INT32_MAX, x));
	} else if (!(x > 0)) {
		v->u = 0;
	} else if (tag == SN_TAG_COUNTER64) {
		v->u = x < 0x1p64 ? (uint64_t)x : UINT64_MAX;
	} else {
		v->u = x < UINT32_MAX ? (uint64_t)x : UINT32_MAX;
	}
}
