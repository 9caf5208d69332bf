/* An HTTPS server with coroutines on one thread, as libraries for stackful coroutines make them: while one waits for bytes within
 * SSL_read, others run on stacks of their own. Usage: PORT CERTIFICATE KEY */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <ucontext.h>
#include <unistd.h>

enum { COUNT = 64, STACK = 1 << 18 };

static struct coroutine {
	ucontext_t context;
	int fd, used;
	char *stack;
} coroutines[COUNT], *current;
static ucontext_t scheduler;
static SSL_CTX *settings;
static BIO_METHOD *method;

static int read_or_yield(BIO *bio, char *data, int size)
{
	struct coroutine *self = current;
	ssize_t got;
	while ((got = recv(self->fd, data, size, MSG_DONTWAIT)) < 0 && errno == EAGAIN)
		swapcontext(&self->context, &scheduler);
	return got;
}

static int write_all(BIO *bio, const char *data, int size) { return send(current->fd, data, size, MSG_NOSIGNAL); }
static long control(BIO *bio, int command, long number, void *pointer) { return command == BIO_CTRL_FLUSH; }

static void serve(void)
{
	struct coroutine *self = current;
	SSL *ssl = SSL_new(settings);
	BIO *bio = BIO_new(method);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	char request[8192];
	if (SSL_accept(ssl) > 0)
		while (SSL_read(ssl, request, sizeof(request)) > 0)
			SSL_write(ssl, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38);
	SSL_free(ssl);
	close(self->fd);
	self->used = 0;
	swapcontext(&self->context, &scheduler);
}

static void start(int fd)
{
	for (int i = 0; i < COUNT; i++) {
		struct coroutine *free = &coroutines[i];
		if (free->used)
			continue;
		free->used = 1;
		free->fd = fd;
		getcontext(&free->context);
		free->context.uc_stack = (stack_t){.ss_sp = free->stack, .ss_size = STACK};
		makecontext(&free->context, serve, 0);
		current = free;
		swapcontext(&scheduler, &free->context);
		return;
	}
	close(fd);
}

int main(int count, char **arguments)
{
	settings = SSL_CTX_new(TLS_server_method());
	if (SSL_CTX_use_certificate_file(settings, arguments[2], SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(settings, arguments[3], SSL_FILETYPE_PEM) != 1)
		return 1;
	method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | 99, "coroutine");
	BIO_meth_set_read(method, read_or_yield);
	BIO_meth_set_write(method, write_all);
	BIO_meth_set_ctrl(method, control);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 64))
		return 1;
	for (int i = 0; i < COUNT; i++)
		coroutines[i].stack = mmap(0, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (;;) {
		struct pollfd polled[COUNT + 1] = {{listener, POLLIN, 0}};
		struct coroutine *waiting[COUNT + 1];
		int entries = 1;
		for (int i = 0; i < COUNT; i++) {
			if (!coroutines[i].used)
				continue;
			waiting[entries] = &coroutines[i];
			polled[entries++] = (struct pollfd){coroutines[i].fd, POLLIN, 0};
		}
		poll(polled, entries, -1);
		for (int i = 1; i < entries; i++) {
			if (!polled[i].revents)
				continue;
			current = waiting[i];
			swapcontext(&scheduler, &current->context);
		}
		if (polled[0].revents)
			start(accept(listener, 0, 0));
	}
}
