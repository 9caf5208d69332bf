/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The last resort for connections that are older than the agent and whose listening socket is gone (a server that closes it
 * after accepting, a socket handed to a worker in another network namespace): who sends requests on it is the client.
 * Responses and everything else say nothing by themselves: a body may look like anything.
 */
#pragma once

#include "connection.h"
#include "user-buffer.h"

#define ROLE_PEEK_BYTES 24

static __always_inline bool begins_with(u64 word, u64 expected, u32 bytes)
{
	u64 mask = bytes < 8 ? (1ull << (8 * bytes)) - 1 : ~0ull;
	return ((word ^ expected) & mask) == 0;
}

/* RFC 9112 §3: a method of RFC 9110 §9 or RFC 5789, then a target in origin, absolute or asterisk form. */
static __always_inline bool is_request_line(const u8 *first)
{
	u64 word = *(u64 *)first;
	u8 target = 0;
	if (begins_with(word, WORD_OF('G', 'E', 'T', ' ', 0, 0, 0, 0), 4) ||
	    begins_with(word, WORD_OF('P', 'U', 'T', ' ', 0, 0, 0, 0), 4))
		target = first[4];
	else if (begins_with(word, WORD_OF('P', 'O', 'S', 'T', ' ', 0, 0, 0), 5) ||
		 begins_with(word, WORD_OF('H', 'E', 'A', 'D', ' ', 0, 0, 0), 5))
		target = first[5];
	else if (begins_with(word, WORD_OF('P', 'A', 'T', 'C', 'H', ' ', 0, 0), 6))
		target = first[6];
	else if (begins_with(word, WORD_OF('D', 'E', 'L', 'E', 'T', 'E', ' ', 0), 7))
		target = first[7];
	else if (begins_with(word, WORD_OF('O', 'P', 'T', 'I', 'O', 'N', 'S', ' '), 8))
		target = first[8];
	return target == '/' || target == 'h' || target == '*';
}

/* A HEADERS frame whose first field is one of a request's (RFC 9113 §6.2, §8.3.1; RFC 7541 appendix A): indexed, or literal with
 * an indexed name. Fields of responses begin with :status. */
static __always_inline bool is_request_headers(const u8 *first, u32 length)
{
	if (first[3] != FRAME_HEADERS || !plausible_frame(first) || !(first[8] & 1))
		return false;
	u32 at = FRAME_HEADER_BYTES;
	if (first[4] & 0x08)
		at += 1;
	if (first[4] & 0x20)
		at += 5;
	if (at >= length)
		return false;
	u8 field = first[at];
	return (field >= 0x82 && field <= 0x87) || (field >= 0x41 && field <= 0x47) || (field >= 0x01 && field <= 0x07) ||
	       (field >= 0x11 && field <= 0x17);
}

/* Do these bytes begin a request? `first`: ROLE_PEEK_BYTES, zero-filled. */
static __always_inline bool begins_request(const u8 *first, u32 length)
{
	return is_request_line(first) || is_proxy_header(first) || is_request_headers(first, length) ||
	       begins_with(*(u64 *)first, WORD_OF('P', 'R', 'I', ' ', '*', ' ', 'H', 'T'), 8);
}

/*
 * Bytes passed on a connection whose role is unknown, or was inferred. Is it, as far as is known now, inbound? Finds the buffer
 * itself: a pointer to the caller's would keep that in memory on the path that all calls take.
 */
static __noinline bool infer_role(struct connection *connection, u32 length, u32 direction)
{
	u8 first[ROLE_PEEK_BYTES] = {};
	struct user_buffer buffer = {};
	find_user_buffer(&buffer);
	if (peek_user(&buffer, first, sizeof(first), length) && begins_request(first, length)) {
		if (direction == DIRECTION_RESPONSE) {
			/* The requests that came were something else. */
			if (connection->announced)
				deselect(connection);
			connection->role_inferred = 0;
			connection->role = ROLE_CLIENT;
		} else {
			connection->role = ROLE_SERVER;
			connection->role_inferred = 1;
		}
	}
	return connection->role == ROLE_SERVER;
}

/* The same of a TLS connection: its plaintext has told. The request that did so is not seen: there is no socket in that call. */
static __noinline bool learn_tls_role(struct connection *connection)
{
	u64 cookie = connection->channel.connection;
	struct channel *tls = bpf_map_lookup_elem(&tls_channels, &cookie);
	if (!tls)
		return false;
	if (tls->ignored == IGNORED_INBOUND) {
		tls->ignored = IGNORED_NOT;
		connection->role = ROLE_SERVER;
		connection->role_inferred = 1;
	} else if (tls->ignored == IGNORED) {
		connection->role = ROLE_CLIENT;
	}
	return connection->role == ROLE_SERVER;
}
