/* An HTTPS server, a thread per connection with blocking sockets, that cancels threads which wait in SSL_read: each when the client
 * has asked for /cancel and the thread reads on. Usage: PORT CERTIFICATE KEY */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
	int fd;
	sem_t asked;
	pthread_t thread;
};
static SSL_CTX *settings;

static void over(void *argument) { close(*(int *)argument); }

static void *serve(void *argument)
{
	struct connection *self = argument;
	SSL *ssl = SSL_new(settings);
	SSL_set_fd(ssl, self->fd);
	char request[8192];
	int got;
	pthread_cleanup_push(over, &self->fd);
	if (SSL_accept(ssl) > 0)
		while ((got = SSL_read(ssl, request, sizeof(request) - 1)) > 0) {
			request[got] = 0;
			SSL_write(ssl, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38);
			if (strstr(request, "GET /cancel"))
				sem_post(&self->asked);
		}
	pthread_cleanup_pop(1);
	return 0;
}

/* Waits until the thread of the connection reads on, or nearly: a cancellation before takes place there too. */
static void *cancel(void *argument)
{
	struct connection *connection = argument;
	sem_wait(&connection->asked);
	usleep(50000);
	pthread_cancel(connection->thread);
	return 0;
}

int main(int count, char **arguments)
{
	if (count != 4)
		return 2;
	settings = SSL_CTX_new(TLS_server_method());
	if (SSL_CTX_use_certificate_file(settings, arguments[2], SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(settings, arguments[3], SSL_FILETYPE_PEM) != 1)
		return 2;
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 64))
		return 2;
	for (;;) {
		struct connection *connection = calloc(1, sizeof(*connection));
		connection->fd = accept(listener, 0, 0);
		if (connection->fd < 0)
			return 1;
		sem_init(&connection->asked, 0, 0);
		pthread_t canceller;
		pthread_create(&connection->thread, 0, serve, connection);
		pthread_create(&canceller, 0, cancel, connection);
		pthread_detach(connection->thread);
		pthread_detach(canceller);
	}
}
