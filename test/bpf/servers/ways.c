/*
 * A server that answers requests of a fixed size, and moves their bytes and its own in one of many ways.
 * Usage: ways PORT REQUEST_BYTES RECEIVE SEND; the names are in the tables at the end.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char buffer[1 << 16];
static size_t request_bytes;
static const char response[] = "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n0123456789012345678901234567890123456789";
#define RESPONSE_BYTES (sizeof(response) - 1)
#define HEAD_BYTES (RESPONSE_BYTES - 40)

static void check(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

/* io_uring without a library: one request at a time. */
static struct {
	int fd, event;
	char *sq, *cq;
	struct io_uring_sqe *sqes;
	struct io_uring_params params;
} ring;

static void ring_open(unsigned flags)
{
	if (ring.fd)
		return;
	ring.params.flags = flags;
	ring.fd = syscall(SYS_io_uring_setup, 4, &ring.params);
	check(ring.fd >= 0, "io_uring_setup");
	ring.sq = mmap(0, ring.params.sq_off.array + 4 * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd,
		       IORING_OFF_SQ_RING);
	ring.cq = mmap(0, ring.params.cq_off.cqes + 8 * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, ring.fd, IORING_OFF_CQ_RING);
	ring.sqes = mmap(0, 4 * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd,
			 IORING_OFF_SQES);
	ring.event = eventfd(0, 0);
	check(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_EVENTFD, &ring.event, 1) == 0, "eventfd");
}

/* Waits in io_uring_enter, or in a read() of the event descriptor: then the work is done on that call's way out. */
static ssize_t ring_do(int op, int fd, const void *data, size_t size, int wait_elsewhere)
{
	unsigned *tail = (unsigned *)(ring.sq + ring.params.sq_off.tail);
	unsigned *mask = (unsigned *)(ring.sq + ring.params.sq_off.ring_mask);
	unsigned index = *tail & *mask;
	memset(&ring.sqes[index], 0, sizeof(*ring.sqes));
	ring.sqes[index].opcode = op;
	ring.sqes[index].fd = fd;
	ring.sqes[index].addr = (unsigned long)data;
	ring.sqes[index].len = size;
	((unsigned *)(ring.sq + ring.params.sq_off.array))[index] = index;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	/* A kernel thread that polls the ring sleeps when it has had nothing to do for a second. */
	unsigned flags = ring.params.flags & IORING_SETUP_SQPOLL ? IORING_ENTER_SQ_WAKEUP : 0;
	if (!wait_elsewhere)
		flags |= IORING_ENTER_GETEVENTS;
	syscall(SYS_io_uring_enter, ring.fd, 1, !wait_elsewhere, flags, 0, 0);
	static char wrong[4096] = "GET /this-is-not-a-request HTTP/1.1\r\n\r\n";
	char *events = wait_elsewhere ? wrong : buffer + sizeof(buffer) - 8;
	check(read(ring.event, events, wait_elsewhere ? sizeof(wrong) : 8) == 8, "event");
	unsigned *head = (unsigned *)(ring.cq + ring.params.cq_off.head);
	unsigned *cq_mask = (unsigned *)(ring.cq + ring.params.cq_off.ring_mask);
	struct io_uring_cqe *cqe = (struct io_uring_cqe *)(ring.cq + ring.params.cq_off.cqes) + (*head & *cq_mask);
	ssize_t result = cqe->res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return result;
}

static ssize_t by_read(int fd) { return read(fd, buffer, sizeof(buffer)); }
static ssize_t by_recv(int fd) { return recv(fd, buffer, sizeof(buffer), 0); }
static ssize_t by_waitall(int fd) { return recv(fd, buffer, request_bytes, MSG_WAITALL); }

/* Empty segments first, then one that crosses a page, then small ones. */
static int segments(struct iovec *iov, int count, size_t size)
{
	for (int i = 0; i < count; i++) {
		iov[i].iov_base = buffer + 4093 + i * size;
		iov[i].iov_len = i < 3 || i % 5 == 0 ? 0 : size;
	}
	return count;
}

static ssize_t by_readv(int fd)
{
	struct iovec iov[8];
	return readv(fd, iov, segments(iov, 8, 3000));
}

static ssize_t by_readv_bytes(int fd)
{
	struct iovec iov[1000];
	return readv(fd, iov, segments(iov, 1000, 1));
}

static ssize_t by_preadv2(int fd)
{
	struct iovec iov[8];
	return preadv2(fd, iov, segments(iov, 8, 50), -1, 0);
}

static ssize_t by_recvmsg(int fd)
{
	struct iovec iov[40];
	struct msghdr message = {.msg_iov = iov, .msg_iovlen = segments(iov, 40, 17)};
	return recvmsg(fd, &message, 0);
}

static ssize_t by_peek(int fd)
{
	ssize_t length = recv(fd, buffer, sizeof(buffer), MSG_PEEK);
	return length > 0 ? recv(fd, buffer, length, 0) : length;
}

/* Throws away unread what was looked at; what the buffer holds is something else. */
static ssize_t by_truncation(int fd)
{
	strcpy(buffer, "GET /stale HTTP/1.1\r\n\r\n");
	return recv(fd, buffer, sizeof(buffer), MSG_TRUNC);
}

static ssize_t by_truncation_to_nowhere(int fd) { return recv(fd, 0, 1 << 20, MSG_TRUNC); }

static ssize_t by_recvmmsg(int fd)
{
	struct iovec iov[2] = {{buffer, 50}, {buffer + 50, 4096}};
	struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = iov, .msg_iovlen = 1}},
				      {.msg_hdr = {.msg_iov = iov + 1, .msg_iovlen = 1}}};
	int count = recvmmsg(fd, messages, 2, MSG_WAITFORONE, 0);
	return count <= 0 ? count : messages[0].msg_len + (count > 1 ? messages[1].msg_len : 0);
}

static int pipes[2];

static ssize_t by_splice(int fd)
{
	if (!pipes[0])
		check(pipe(pipes) == 0, "pipe");
	ssize_t length = splice(fd, 0, pipes[1], 0, sizeof(buffer), 0);
	if (length > 0)
		check(read(pipes[0], buffer, length) == length, "pipe");
	return length;
}

/* The head of the first request is read as usual. */
static ssize_t by_read_then_splice(int fd)
{
	static size_t got;
	if (got < 60) {
		ssize_t length = read(fd, buffer, 60 - got);
		got += length > 0 ? length : 0;
		return length;
	}
	return by_splice(fd);
}

static ssize_t by_uring_recv(int fd)
{
	ring_open(0);
	return ring_do(IORING_OP_RECV, fd, buffer, sizeof(buffer) - 8, 0);
}

static ssize_t by_uring_read(int fd)
{
	ring_open(0);
	return ring_do(IORING_OP_READ, fd, buffer, sizeof(buffer) - 8, 0);
}

static ssize_t by_uring_task_work(int fd)
{
	ring_open(0);
	return ring_do(IORING_OP_RECV, fd, buffer, sizeof(buffer), 1);
}

static ssize_t by_uring_kernel_thread(int fd)
{
	ring_open(IORING_SETUP_SQPOLL);
	return ring_do(IORING_OP_RECV, fd, buffer, sizeof(buffer), 1);
}

static ssize_t by_read_and_unmap(int fd)
{
	char *page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t length = read(fd, page + 4000, 4192);
	munmap(page, 8192);
	return length;
}

static ssize_t by_low_water(int fd)
{
	int bytes = request_bytes;
	setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
	return recv(fd, buffer, sizeof(buffer), 0);
}

static ssize_t by_zerocopy(int fd)
{
	static char *page;
	if (!page)
		page = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
	check(page != MAP_FAILED, "mmap of a socket");
	ssize_t there = recv(fd, buffer, 1, MSG_PEEK);
	if (there <= 0)
		return there;
	struct {
		uint64_t address;
		uint32_t length, recv_skip_hint, inq;
		int32_t err;
		uint64_t copybuf_address;
		int32_t copybuf_len;
		uint32_t flags;
		uint64_t msg_control, msg_controllen;
		uint32_t msg_flags, reserved;
	} receive = {.address = (uint64_t)page, .length = 4096, .copybuf_address = (uint64_t)buffer, .copybuf_len = 4096};
	socklen_t size = sizeof(receive);
	check(getsockopt(fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &receive, &size) == 0, "TCP_ZEROCOPY_RECEIVE");
	return receive.copybuf_len > 0 ? receive.copybuf_len : read(fd, buffer, sizeof(buffer));
}

struct turn {
	int fd;
	ssize_t length;
};

static void *read_in_thread(void *argument)
{
	struct turn *turn = argument;
	turn->length = read(turn->fd, buffer, 70);
	return 0;
}

static ssize_t by_threads(int fd)
{
	struct turn turn = {.fd = fd};
	pthread_t thread;
	check(pthread_create(&thread, 0, read_in_thread, &turn) == 0, "pthread_create");
	pthread_join(thread, 0);
	return turn.length;
}

static ssize_t by_duplicates(int fd)
{
	static int number = 100;
	int copy = dup2(fd, number++ % 200 + 100);
	ssize_t length = read(copy, buffer, 33);
	close(copy);
	return length;
}

static ssize_t by_children(int fd)
{
	check(pipes[0] || pipe(pipes) == 0, "pipe");
	pid_t child = fork();
	if (child == 0) {
		ssize_t length = read(fd, buffer, 90);
		_exit(write(pipes[1], &length, sizeof(length)) != sizeof(length));
	}
	ssize_t length;
	check(read(pipes[0], &length, sizeof(length)) == sizeof(length), "pipe");
	waitpid(child, 0, 0);
	return length;
}

/* Hands the socket to a process that was there before it. */
static ssize_t by_passing(int fd)
{
	static int channel[2];
	char control[CMSG_SPACE(sizeof(int))];
	ssize_t length;
	struct iovec iov = {&length, sizeof(length)};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	if (fd < 0) {
		check(socketpair(AF_UNIX, SOCK_STREAM, 0, channel) == 0, "socketpair");
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;) {
				if (recvmsg(channel[1], &message, 0) <= 0)
					_exit(0);
				int passed = *(int *)CMSG_DATA(CMSG_FIRSTHDR(&message));
				length = read(passed, buffer, sizeof(buffer));
				close(passed);
				check(write(channel[1], &length, sizeof(length)) > 0, "write");
			}
		}
		return 0;
	}
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	*(int *)CMSG_DATA(header) = fd;
	check(sendmsg(channel[0], &message, 0) > 0, "sendmsg");
	check(read(channel[0], &length, sizeof(length)) == sizeof(length), "read");
	return length;
}

static ssize_t write_response(int fd) { return write(fd, response, RESPONSE_BYTES); }

static ssize_t writev_response(int fd)
{
	struct iovec iov[4] = {{(char *)response, 0},
			       {(char *)response, HEAD_BYTES},
			       {0, 0},
			       {(char *)response + HEAD_BYTES, RESPONSE_BYTES - HEAD_BYTES}};
	return writev(fd, iov, 4);
}

static ssize_t pwritev2_response(int fd)
{
	struct iovec iov[2] = {{(char *)response, 20}, {(char *)response + 20, RESPONSE_BYTES - 20}};
	return pwritev2(fd, iov, 2, -1, 0);
}

static ssize_t send_more(int fd)
{
	return send(fd, response, 11, MSG_MORE) + send(fd, response + 11, 30, MSG_MORE) +
	       send(fd, response + 41, RESPONSE_BYTES - 41, 0);
}

static ssize_t send_corked(int fd)
{
	int on = 1, off = 0;
	setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
	ssize_t sent = write(fd, response, HEAD_BYTES) + write(fd, response + HEAD_BYTES, RESPONSE_BYTES - HEAD_BYTES);
	setsockopt(fd, IPPROTO_TCP, TCP_CORK, &off, sizeof(off));
	return sent;
}

static ssize_t send_zerocopy(int fd)
{
	int on = 1;
	struct iovec iov = {(char *)response, RESPONSE_BYTES};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
	check(setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) == 0, "SO_ZEROCOPY");
	ssize_t sent = sendmsg(fd, &message, MSG_ZEROCOPY);
	/* What the kernel tells about sent packets is no part of the stream. */
	char control[200], data[200];
	struct iovec errors = {data, sizeof(data)};
	struct msghdr notice = {.msg_iov = &errors, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	recvmsg(fd, &notice, MSG_ERRQUEUE | MSG_DONTWAIT);
	return sent;
}

static ssize_t send_sendmmsg(int fd)
{
	struct iovec iov[2] = {{(char *)response, HEAD_BYTES},
			       {(char *)response + HEAD_BYTES, RESPONSE_BYTES - HEAD_BYTES}};
	struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = iov, .msg_iovlen = 1}},
				      {.msg_hdr = {.msg_iov = iov + 1, .msg_iovlen = 1}}};
	return sendmmsg(fd, messages, 2, 0) == 2 ? (ssize_t)RESPONSE_BYTES : -1;
}

static ssize_t send_file(int fd, size_t from)
{
	static int file;
	if (!file) {
		file = memfd_create("response", 0);
		check(write(file, response, RESPONSE_BYTES) == RESPONSE_BYTES, "memfd");
	}
	off_t offset = from;
	return sendfile(fd, file, &offset, RESPONSE_BYTES - from);
}

static ssize_t send_body_file(int fd) { return send(fd, response, HEAD_BYTES, MSG_MORE) + send_file(fd, HEAD_BYTES); }
static ssize_t send_whole_file(int fd) { return send_file(fd, 0); }

static ssize_t send_spliced_body(int fd)
{
	check(pipes[0] || pipe(pipes) == 0, "pipe");
	ssize_t sent = send(fd, response, HEAD_BYTES, MSG_MORE);
	struct iovec iov = {(char *)response + HEAD_BYTES, RESPONSE_BYTES - HEAD_BYTES};
	check(vmsplice(pipes[1], &iov, 1, 0) == (ssize_t)iov.iov_len, "vmsplice");
	return sent + splice(pipes[0], 0, fd, 0, iov.iov_len, 0);
}

static ssize_t send_by_uring(int fd)
{
	ring_open(0);
	return ring_do(IORING_OP_SEND, fd, response, RESPONSE_BYTES, 0);
}

typedef ssize_t way(int fd);
#define WAY(name) {#name, name}
static const struct {
	const char *name;
	way *way;
} ways[] = {
	WAY(by_read), WAY(by_recv), WAY(by_waitall), WAY(by_readv), WAY(by_readv_bytes), WAY(by_preadv2), WAY(by_recvmsg),
	WAY(by_peek), WAY(by_truncation), WAY(by_truncation_to_nowhere), WAY(by_recvmmsg), WAY(by_splice),
	WAY(by_read_then_splice), WAY(by_uring_recv), WAY(by_uring_read), WAY(by_uring_task_work),
	WAY(by_uring_kernel_thread), WAY(by_read_and_unmap), WAY(by_low_water), WAY(by_zerocopy), WAY(by_threads),
	WAY(by_duplicates), WAY(by_children), WAY(by_passing), WAY(write_response), WAY(writev_response),
	WAY(pwritev2_response), WAY(send_more), WAY(send_corked), WAY(send_zerocopy), WAY(send_sendmmsg),
	WAY(send_body_file), WAY(send_whole_file), WAY(send_spliced_body), WAY(send_by_uring),
};

static way *find(const char *name)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(ways[i].name, name))
			return ways[i].way;
	fprintf(stderr, "no way named %s\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	request_bytes = atoi(argv[2]);
	way *receive = find(argv[3]), *answer = find(argv[4]);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (receive == by_passing)
		by_passing(-1);
	int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	check(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
	check(listen(listener, 64) == 0, "listen");
	for (;;) {
		int fd = accept(listener, 0, 0);
		check(fd >= 0, "accept");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		size_t have = 0;
		for (ssize_t length; (length = receive(fd)) > 0;)
			for (have += length; have >= request_bytes; have -= request_bytes)
				check(answer(fd) == (ssize_t)RESPONSE_BYTES, argv[4]);
		close(fd);
	}
}
