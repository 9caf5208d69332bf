/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Which socket a TLS session has, by the rules of tls.h. Stacks stay small here too: tls-hooks.h says why. */
#pragma once

#include "tls.h"

static __noinline bool is_open(u64 cookie)
{
	struct channel *channel = bpf_map_lookup_elem(&tls_channels, &cookie);
	return channel && !channel->closing;
}

/*
 * May a session take the socket of the thread's last receive for its own? Not when the application has closed its end, and not when
 * another session was seen to use that socket itself and lives: it has received outside any read (SSL_shutdown, SSL_peek).
 */
static __noinline bool may_take_received(struct thread *thread, u64 ssl)
{
	u64 cookie = thread->received;
	if (!cookie || thread->consumed)
		return false;
	struct channel *channel = bpf_map_lookup_elem(&tls_channels, &cookie);
	if (!channel)
		return true;
	if (channel->closing)
		return false;
	if (!channel->ssl || channel->ssl == ssl)
		return true;
	struct ssl_key other = {.ssl = channel->ssl, .tgid = bpf_get_current_pid_tgid() >> 32};
	u64 *its = bpf_map_lookup_elem(&ssl_pairs, &other);
	return !its || *its != cookie;
}

/* Of a session that the parent process had before it forked, and whose buffer serves the child's first read; 0 = none. */
static __noinline u64 socket_of_parent(u64 ssl)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ssl_key key = {.ssl = ssl, .tgid = BPF_CORE_READ(task, real_parent, tgid)};
	u64 *known = bpf_map_lookup_elem(&ssl_pairs, &key);
	return known && is_open(*known) ? *known : 0;
}

/* The socket of the call that just ended, by the rules of tls.h; 0 = unknown. */
static __noinline u64 socket_of_call(struct thread *thread, u32 operation)
{
	if (thread->nested && thread->nested == thread->paired_socket && thread->ssl == thread->paired_ssl)
		return thread->nested;
	if (!thread->nested && operation == TLS_READ && !thread->consumed && thread->received == thread->paired_socket &&
	    thread->received && thread->ssl == thread->paired_ssl) {
		thread->consumed = 1;
		return thread->received;
	}
	struct ssl_key key = {.ssl = thread->ssl, .tgid = bpf_get_current_pid_tgid() >> 32};
	u64 *known = bpf_map_lookup_elem(&ssl_pairs, &key);
	u64 cookie = thread->nested;
	if (!cookie) {
		if (known && is_open(*known)) {
			cookie = *known;
			if (cookie == thread->received)
				thread->consumed = 1;
		} else if (operation == TLS_READ && may_take_received(thread, thread->ssl)) {
			cookie = thread->received;
			thread->consumed = 1;
		} else if (known) {
			/* Answers may still be written to a connection whose close has begun. */
			return *known;
		} else {
			cookie = operation == TLS_READ ? socket_of_parent(thread->ssl) : 0;
			if (!cookie)
				return 0;
		}
	}
	if (!known)
		bpf_map_update_elem(&ssl_pairs, &key, &cookie, BPF_ANY);
	else if (*known != cookie)
		*known = cookie;
	thread->paired_ssl = thread->ssl;
	thread->paired_socket = cookie;
	return cookie;
}

/* A handshake or a read was made for this connection, whatever it gave: it is probed. */
static __noinline int note_called(u64 cookie)
{
	struct channel *channel = bpf_map_lookup_elem(&tls_channels, &cookie);
	if (channel)
		channel->called = 1;
	return 0;
}

/* A read that gave nothing: enough to know that a connection on which only hands are shaken is probed. */
static __noinline int note_attempt(struct thread *thread)
{
	u64 cookie = thread->nested ? thread->nested : thread->received;
	if (!cookie || cookie == thread->attempted)
		return 0;
	if (!thread->nested) {
		/* The last receive may have been of a connection that the process passes on. */
		struct ssl_key key = {.ssl = thread->ssl, .tgid = bpf_get_current_pid_tgid() >> 32};
		u64 *known = bpf_map_lookup_elem(&ssl_pairs, &key);
		if (known && is_open(*known))
			cookie = *known;
	}
	thread->attempted = cookie;
	return note_called(cookie);
}

/*
 * A handshake call: at its end, or at its beginning where its end is not probed. Whoever feeds the library makes it right behind
 * its receive, also where the first read comes later, when other connections have been served (uvloop).
 */
static __noinline int pair_handshake(struct thread *thread, u64 ssl, u64 nested)
{
	u64 cookie = nested;
	if (!cookie) {
		if (!may_take_received(thread, ssl))
			return 0;
		cookie = thread->received;
		thread->consumed = 1;
		note_called(cookie);
	}
	struct ssl_key key = {.ssl = ssl, .tgid = bpf_get_current_pid_tgid() >> 32};
	bpf_map_update_elem(&ssl_pairs, &key, &cookie, BPF_ANY);
	thread->paired_ssl = ssl;
	thread->paired_socket = cookie;
	return 0;
}

/*
 * A read that gave nothing, where it is not known which socket moved bytes within it: the last receive was for it. Otherwise a
 * later read of another session, which its buffer serves, would take that receive for its own.
 */
static __noinline int pair_attempt(struct thread *thread)
{
	if (!thread->received || thread->consumed)
		return 0;
	bool taken = may_take_received(thread, thread->ssl);
	thread->consumed = 1;
	if (thread->received == thread->paired_socket && thread->ssl == thread->paired_ssl)
		return 0;
	struct ssl_key key = {.ssl = thread->ssl, .tgid = bpf_get_current_pid_tgid() >> 32};
	u64 cookie = thread->received;
	u64 *known = bpf_map_lookup_elem(&ssl_pairs, &key);
	if ((!known || !is_open(*known)) && taken)
		bpf_map_update_elem(&ssl_pairs, &key, &cookie, BPF_ANY);
	return 0;
}
