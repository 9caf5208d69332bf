/*
 * HTTPS server on any library with OpenSSL's interface, loaded by path; a thread per connection, non-blocking sockets.
 * Usage: tls-library-server LIBSSL WAY PORT FOLDER; WAY: plain (SSL_read, SSL_write), ex (SSL_read_ex, SSL_write_ex),
 * bio (BIO_read, BIO_write on an SSL BIO). FOLDER holds cert.pem and key.pem.
 * Every read is preceded by SSL_peek and takes at most 700 bytes; writes are partial ones into a small socket buffer.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY_BYTES 40000
#define REQUEST_BYTES 65536
enum { FILETYPE_PEM = 1, ERROR_WANT_READ = 2, ERROR_WANT_WRITE = 3, CTRL_MODE = 33, MODE_PARTIAL_MOVING = 3, BIO_SET_SSL = 109 };

static void *library;
static const char *way;
static void *context;

static void *find(const char *name, int needed)
{
	void *found = dlsym(library, name);
	if (!found && needed) {
		fprintf(stderr, "the library has no %s\n", name);
		exit(2);
	}
	return found;
}

#define CALL(result, name, ...) ((result(*)())find(#name, 1))(__VA_ARGS__)

struct connection {
	int fd;
	void *ssl;
	void *bio;
};

/* Waits for what the library asks for; 0 when the connection is over. */
static int wait_for(struct connection *c, int returned)
{
	int error = CALL(int, SSL_get_error, c->ssl, returned);
	if (error != ERROR_WANT_READ && error != ERROR_WANT_WRITE)
		return 0;
	struct pollfd ready = {.fd = c->fd, .events = error == ERROR_WANT_READ ? POLLIN : POLLOUT};
	return poll(&ready, 1, 20000) > 0;
}

static int read_some(struct connection *c, char *buffer, int size)
{
	for (;;) {
		size_t count = 0;
		int returned;
		char first;
		if (strcmp(way, "bio") == 0) {
			returned = CALL(int, BIO_read, c->bio, buffer, size);
			count = returned;
		} else {
			returned = CALL(int, SSL_peek, c->ssl, &first, 1);
			if (returned > 0 && strcmp(way, "ex") == 0) {
				returned = CALL(int, SSL_read_ex, c->ssl, buffer, (size_t)size, &count);
			} else if (returned > 0) {
				returned = CALL(int, SSL_read, c->ssl, buffer, size);
				count = returned;
			}
		}
		if (returned > 0)
			return count;
		if (!wait_for(c, returned))
			return 0;
	}
}

static int write_all(struct connection *c, const char *buffer, size_t length)
{
	while (length > 0) {
		size_t count = 0;
		int returned;
		if (strcmp(way, "ex") == 0)
			returned = CALL(int, SSL_write_ex, c->ssl, buffer, length, &count);
		else
			count = returned = strcmp(way, "bio") == 0 ? CALL(int, BIO_write, c->bio, buffer, (int)length)
								   : CALL(int, SSL_write, c->ssl, buffer, (int)length);
		if (returned > 0) {
			buffer += count;
			length -= count;
		} else if (!wait_for(c, returned)) {
			return 0;
		}
	}
	return 1;
}

static int answer(struct connection *c, const char *request)
{
	static const char format[] = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-Target: %.*s\r\n\r\n";
	const char *target = strchr(request, ' ') + 1;
	char *response = malloc(512 + BODY_BYTES);
	int head = snprintf(response, 512, format, BODY_BYTES, (int)strcspn(target, " "), target);
	memset(response + head, 'r', BODY_BYTES);
	int sent = write_all(c, response, head + BODY_BYTES);
	free(response);
	return sent;
}

static void *serve(void *argument)
{
	struct connection *c = argument;
	char *request = malloc(REQUEST_BYTES + 1);
	int returned;
	while ((returned = CALL(int, SSL_accept, c->ssl)) <= 0)
		if (!wait_for(c, returned))
			goto over;
	for (size_t have = 0;;) {
		int count = read_some(c, request + have, REQUEST_BYTES - have < 700 ? REQUEST_BYTES - have : 700);
		if (count <= 0)
			break;
		have += count;
		request[have] = 0;
		for (char *end; (end = strstr(request, "\r\n\r\n"));) {
			char *field = strcasestr(request, "\r\ncontent-length:");
			size_t whole = end + 4 - request + (field && field < end ? strtoul(field + 17, 0, 10) : 0);
			if (have < whole)
				break;
			if (!answer(c, request))
				goto over;
			memmove(request, request + whole, have - whole + 1);
			have -= whole;
		}
	}
over:
	CALL(void, SSL_free, c->ssl);
	close(c->fd);
	free(request);
	free(c);
	return 0;
}

#define CRYPTO_LOCK 1

static pthread_mutex_t *locks;

static void lock(int mode, int which, const char *file, int line)
{
	if (mode & CRYPTO_LOCK)
		pthread_mutex_lock(&locks[which]);
	else
		pthread_mutex_unlock(&locks[which]);
}

/* OpenSSL before 1.1.0 leaves locking to the program: without, threads share the buffers that one of them has given back. */
static void set_up_locks(void)
{
	int (*count)(void) = find("CRYPTO_num_locks", 0);
	void (*set)() = find("CRYPTO_set_locking_callback", 0);
	if (!count || !set)
		return;
	locks = calloc(count(), sizeof(*locks));
	for (int i = 0; i < count(); i++)
		pthread_mutex_init(&locks[i], 0);
	set(lock);
}

static void load(const char *path, const char *folder)
{
	char file[4096];
	library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		exit(2);
	}
	/* OpenSSL 1.0.2 is initialised by the program. */
	int (*initialise)() = find("SSL_library_init", 0);
	if (initialise)
		initialise();
	set_up_locks();
	void *(*method)() = find("TLS_server_method", 0);
	if (!method)
		method = find("SSLv23_server_method", 1);
	context = CALL(void *, SSL_CTX_new, method());
	snprintf(file, sizeof(file), "%s/cert.pem", folder);
	int certificate = CALL(int, SSL_CTX_use_certificate_file, context, file, FILETYPE_PEM);
	snprintf(file, sizeof(file), "%s/key.pem", folder);
	if (certificate != 1 || CALL(int, SSL_CTX_use_PrivateKey_file, context, file, FILETYPE_PEM) != 1) {
		fprintf(stderr, "cannot use the certificate in %s\n", folder);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "Usage: %s LIBSSL WAY PORT FOLDER\n", argv[0]);
		return 2;
	}
	way = argv[2];
	signal(SIGPIPE, SIG_IGN);
	load(argv[1], argv[4]);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, small = 4608;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[3])), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 128)) {
		perror("listen");
		return 2;
	}
	for (;;) {
		struct connection *c = calloc(1, sizeof(*c));
		c->fd = accept4(listener, 0, 0, SOCK_NONBLOCK);
		if (c->fd < 0)
			return 1;
		c->ssl = CALL(void *, SSL_new, context);
		CALL(int, SSL_set_fd, c->ssl, c->fd);
		/* BoringSSL has a function where OpenSSL has a macro. */
		if (find("SSL_ctrl", 0))
			CALL(long, SSL_ctrl, c->ssl, CTRL_MODE, (long)MODE_PARTIAL_MOVING, (void *)0);
		else
			CALL(uint32_t, SSL_set_mode, c->ssl, (uint32_t)MODE_PARTIAL_MOVING);
		if (strcmp(way, "bio") == 0) {
			c->bio = CALL(void *, BIO_new, CALL(void *, BIO_f_ssl));
			CALL(long, BIO_ctrl, c->bio, BIO_SET_SSL, 0L, c->ssl);
		}
		pthread_t thread;
		pthread_create(&thread, 0, serve, c);
		pthread_detach(thread);
	}
}
