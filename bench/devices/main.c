/*
 * bench_devices: thousands of devices on one socket, for measuring collectors. Every address
 * 127.1.x.y on its port is a device of its own, with its own SNMP engine; see device.h for what it
 * has. It ends with its standard input.
 *
 *   bench_devices PORT [DEVICES [INTERFACES]]    10,000 devices of 48 interfaces
 *   bench_devices --quick                        asks itself and checks the answers
 */
#include "base/addr.h"
#include "base/clock.h"
#include "device.h"
#include "msg/community.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BATCH = 64,
	REQUEST_MAX = 2048,
	RCVBUF = 32 << 20,
	USAGE = 2,
	DEVICES_MAX = 65536,
	DEVICES_NET = 0x7f01 /* 127.1.0.0/16 */
};

/* A batch of datagrams in and out, with the address each came to. */
struct batch {
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_in from[BATCH];
	_Alignas(struct cmsghdr) uint8_t control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
	uint8_t in[BATCH][REQUEST_MAX];
	uint8_t out[BATCH][DEVICE_ANSWER];
};

struct server {
	struct mib mib;
	struct device_shared shared;
	struct device *device;
	bool *made;
	uint32_t n;
	int fd;
	struct batch b;
};

static void prepare(struct batch *b)
{
	for (unsigned i = 0; i < BATCH; i++) {
		b->iov[i] = (struct iovec){b->in[i], REQUEST_MAX};
		b->msg[i].msg_hdr = (struct msghdr){.msg_name = &b->from[i],
						    .msg_namelen = sizeof(b->from[i]),
						    .msg_iov = &b->iov[i],
						    .msg_iovlen = 1,
						    .msg_control = b->control[i],
						    .msg_controllen = sizeof(b->control[i])};
	}
}

/* The device a datagram came to; NULL: none. */
static struct device *device_of(struct server *s, struct msghdr *h, uint64_t now)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	struct in_pktinfo info;
	uint32_t addr;
	uint32_t number;

	if (!c || c->cmsg_type != IP_PKTINFO) {
		return NULL;
	}
	memcpy(&info, CMSG_DATA(c), sizeof(info));
	addr = ntohl(info.ipi_addr.s_addr);
	number = addr & 0xffff;
	if (addr >> 16 != DEVICES_NET || number >= s->n) {
		return NULL;
	}
	/* the kernel takes the source address of the answer from here */
	info.ipi_spec_dst = info.ipi_addr;
	info.ipi_ifindex = 0;
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	if (!s->made[number]) {
		device_init(&s->device[number], &s->shared, number, now);
		s->made[number] = true;
	}
	return &s->device[number];
}

static void serve(struct server *s)
{
	struct batch *b = &s->b;
	int n;
	int m = 0;

	prepare(b);
	n = recvmmsg(s->fd, b->msg, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		uint64_t now = sn_clock_mono();
		struct device *d = device_of(s, &b->msg[i].msg_hdr, now);
		struct sn_span answer = {0};

		if (d) {
			answer = device_answer(d, &s->shared,
					       sn_span_make(b->in[i], b->msg[i].msg_len), now,
					       b->out[i]);
		}
		if (answer.n) {
			b->iov[i] = (struct iovec){(void *)(uintptr_t)answer.p, answer.n};
			b->msg[m++].msg_hdr = b->msg[i].msg_hdr;
		}
	}
	for (int sent = 0; sent < m;) {
		int k = sendmmsg(s->fd, b->msg + sent, (unsigned)(m - sent), 0);

		if (k <= 0) {
			break; /* what the kernel does not take is lost, as on a network */
		}
		sent += k;
	}
}

static int open_socket(uint16_t port)
{
	struct sn_addr any = {.in = {.sin_family = AF_INET, .sin_port = htons(port)}};
	int on = 1;
	int size = RCVBUF;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	any.in.sin_addr.s_addr = htonl(INADDR_ANY);
	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) ||
	    bind(fd, &any.sa, sn_addr_len(&any))) {
		perror("bench_devices");
		return -1;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size))) {
		perror("bench_devices: SO_RCVBUF");
	}
	return fd;
}

static int server_init(struct server *s, uint32_t devices, uint32_t interfaces)
{
	s->n = devices;
	s->fd = -1;
	s->device = calloc(devices, sizeof(*s->device));
	s->made = calloc(devices, sizeof(*s->made));
	if (!s->device || !s->made || mib_init(&s->mib, interfaces) ||
	    device_shared_init(&s->shared, &s->mib)) {
		fprintf(stderr, "bench_devices: out of memory\n");
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static void server_fini(struct server *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		if (s->made[i]) {
			device_fini(&s->device[i]);
		}
	}
	device_shared_fini(&s->shared);
	mib_fini(&s->mib);
	free(s->device);
	free(s->made);
	if (s->fd >= 0) {
		close(s->fd);
	}
	free(s);
}

static int run(struct server *s, uint16_t port)
{
	struct pollfd p[2] = {{.fd = -1, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};

	s->fd = open_socket(port);
	if (s->fd < 0) {
		return EXIT_FAILURE;
	}
	p[0].fd = s->fd;
	printf("ready\n");
	fflush(stdout);
	while (poll(p, 2, -1) >= 0 && !p[1].revents) {
		serve(s);
	}
	return EXIT_SUCCESS;
}

/* One GETBULK of ifInOctets: as many answers as asked, in order. */
static int check(struct server *s)
{
	static const uint8_t in_octets[] = {0x2b, 6, 1, 2, 1, 2, 2, 1, 10};
	uint8_t request[256];
	uint8_t answer[DEVICE_ANSWER];
	uint8_t list[64];
	struct sn_writer wr = sn_writer_make(list, sizeof(list));
	struct sn_message m = {.version = SN_VERSION_2C, .community = sn_span_str("public")};
	int n = 0;

	sn_varbind_write_null(&wr, sn_span_make(in_octets, sizeof(in_octets)));
	m.pdu = (struct sn_pdu){
		.type = SN_PDU_GETBULK, .request_id = 7, .index = 10, .vbs = sn_writer_span(&wr)};
	wr = sn_writer_make(request, sizeof(request));
	sn_community_write(&wr, &m);
	device_init(&s->device[0], &s->shared, 0, 0);
	s->made[0] = true;
	if (sn_community_read(
		    device_answer(&s->device[0], &s->shared, sn_writer_span(&wr), 0, answer), &m) ==
	    SN_OK) {
		n = sn_pdu_check(&m.pdu);
	}
	printf("10 asked, %d answered\n", n);
	return n == 10 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct server *s;
	uint32_t devices = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 10000;
	uint32_t interfaces = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 48;
	int rc;

	if (argc < 2 || devices == 0 || devices > DEVICES_MAX || interfaces == 0) {
		fprintf(stderr, "usage: bench_devices PORT [DEVICES [INTERFACES]] | --quick\n");
		return USAGE;
	}
	s = calloc(1, sizeof(*s));
	if (!s) {
		return EXIT_FAILURE;
	}
	rc = server_init(s, devices, interfaces);
	if (rc == EXIT_SUCCESS) {
		rc = strcmp(argv[1], "--quick") == 0 ? check(s)
						     : run(s, (uint16_t)strtoul(argv[1], NULL, 10));
	}
	server_fini(s);
	return rc;
}
