/* One connection with TLS on descriptor 0, one request, one answer, and the end, as inetd starts servers. */
#include <openssl/ssl.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	if (SSL_CTX_use_certificate_file(context, argv[1], SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, argv[2], SSL_FILETYPE_PEM) != 1)
		return 2;
	SSL *ssl = SSL_new(context);
	SSL_set_fd(ssl, 0);
	char request[4096];
	if (SSL_accept(ssl) != 1 || SSL_read(ssl, request, sizeof(request)) <= 0)
		return 1;
	const char *answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	SSL_write(ssl, answer, (int)strlen(answer));
	SSL_shutdown(ssl);
	return 0;
}
