/*
 * HTTPS servers: in all but the last one the library has read requests already when something else happens.
 * Usage: PORT CERTIFICATE KEY fork|goodbye|deep|left
 * fork: a process per connection, made when the first request lies in the library's buffer.
 * goodbye: of two connections the second one's request is read in part; a third one, in plaintext, gets one byte then and answers with
 * one. Now the first one's request is answered, a goodbye is sent and the client's received, and the second one goes on.
 * deep: serves on a thread, far below its data, as Ruby does, which has a stack of its own in between.
 * left: of two connections the first one's answer is given up, by a jump out of SSL_write, when its client does not read it.
 */
#include <alloca.h>
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static SSL_CTX *settings;

/* The next client that shakes hands: whoever looks whether the port is open does not. */
static SSL *next_client(int listener, int *fd)
{
	for (;;) {
		*fd = accept(listener, NULL, NULL);
		SSL *ssl = SSL_new(settings);
		SSL_set_read_ahead(ssl, 1);
		SSL_set_fd(ssl, *fd);
		if (SSL_accept(ssl) == 1)
			return ssl;
		SSL_free(ssl);
		close(*fd);
	}
}

static void answer(SSL *ssl)
{
	SSL_write(ssl, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38);
}

/* Up to the end of a request whose last byte is '!'. */
static int read_request(SSL *ssl)
{
	char piece[64];
	int got;
	while ((got = SSL_read(ssl, piece, sizeof(piece))) > 0)
		if (piece[got - 1] == '!')
			return 1;
	return 0;
}

static void *serve_deep(void *listener)
{
	enum { ABOVE = 3 << 19 };
	volatile char *above = alloca(ABOVE);
	for (int at = ABOVE - 1; at >= 0; at -= 4096)
		above[at] = 0;
	for (int fd;; close(fd)) {
		SSL *ssl = next_client(*(int *)listener, &fd);
		while (read_request(ssl))
			answer(ssl);
		SSL_free(ssl);
	}
}

static sigjmp_buf before_answer;

static void give_up(int signal)
{
	siglongjmp(before_answer, 1);
}

static void serve_left(SSL *first, SSL *second)
{
	static char much[64 << 20];
	signal(SIGALRM, give_up);
	if (read_request(first) && sigsetjmp(before_answer, 1) == 0) {
		struct itimerval soon = {.it_value.tv_usec = 200000};
		setitimer(ITIMER_REAL, &soon, NULL);
		SSL_write(first, much, sizeof(much));
	}
	while (read_request(second))
		answer(second);
}

int main(int count, char **arguments)
{
	settings = SSL_CTX_new(TLS_server_method());
	if (count != 5 || SSL_CTX_use_certificate_file(settings, arguments[2], SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(settings, arguments[3], SSL_FILETYPE_PEM) != 1)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 64))
		return 1;
	char byte;
	if (strcmp(arguments[4], "fork") == 0) {
		for (;;) {
			SSL *ssl = next_client(listener, &fd);
			if (SSL_peek(ssl, &byte, 1) == 1 && fork() == 0) {
				while (read_request(ssl))
					answer(ssl);
				_exit(0);
			}
			close(fd);
		}
	}
	if (strcmp(arguments[4], "deep") == 0) {
		pthread_t thread;
		pthread_attr_t attributes;
		pthread_attr_init(&attributes);
		pthread_attr_setstacksize(&attributes, 2 << 20);
		return pthread_create(&thread, &attributes, serve_deep, &listener) || pthread_join(thread, NULL);
	}
	SSL *first = next_client(listener, &fd), *second = next_client(listener, &fd);
	if (strcmp(arguments[4], "left") == 0) {
		serve_left(first, second);
		pause();
	}
	if (SSL_read(second, &byte, 1) != 1)
		return 1;
	int trigger = accept(listener, NULL, NULL);
	if (write(trigger, "r", 1) != 1 || read(trigger, &byte, 1) != 1)
		return 1;
	if (!read_request(first))
		return 1;
	answer(first);
	while (SSL_shutdown(first) == 0)
		;
	while (read_request(second))
		answer(second);
	pause();
}
