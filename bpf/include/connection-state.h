/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What is known of a connection: its layers, their streams, and where their messages stand. */
#pragma once

#include "kernel-types.h"

/* One stream of a connection (request or response, socket or TLS layer). */
struct stream {
	u64 position;
	/* Bytes before `position` that are missing and not yet reported. */
	u64 gap_bytes;
	u32 gap_reason;
	u32 reserved;
};

enum protocol {
	PROTOCOL_UNDECIDED = 0,
	PROTOCOL_HTTP1 = 1,
	PROTOCOL_HTTP2 = 2,
	PROTOCOL_OTHER = 3,
	PROTOCOL_TLS = 4,
};

/* HTTP/1 responses (http1.h). */
enum response_phase {
	/* The next bytes, if they begin with "HTTP/1.", start a head. */
	PHASE_EXPECT_HEAD = 0,
	PHASE_IN_HEAD = 1,
	/* `body_left` bytes are only counted. */
	PHASE_BODY = 2,
	/* Between the chunks of a chunked body, or behind the last one. */
	PHASE_CHUNK_LINE = 3,
};

/* Where in a head, or between two chunks (http1-head-lines.h, http1-chunk-lines.h). */
enum walk_step {
	STEP_STATUS_LINE,
	/* The line has nothing but a carriage return yet. */
	STEP_LINE_START,
	/* `matched` bytes of the name of `field` have come. */
	STEP_NAME,
	STEP_VALUE,
	/* The rest of a line that does not matter. */
	STEP_LINE,
	STEP_CHUNK_SIZE,
	STEP_CHUNK_BLANK,
	STEP_CHUNK_EXTENSION,
	STEP_CHUNK_END,
	STEP_CHUNK_LINE_FEED,
	STEP_TRAILER_START,
	STEP_TRAILER,
};

/* What Transfer-Encoding says, as far as it has been read. */
enum coding { CODING_NONE, CODING_CHUNKED, CODING_OTHER };

enum length_state { LENGTH_NONE, LENGTH_KNOWN, LENGTH_INVALID };

/* Has the start of the head being read been delivered? */
enum head_told { HEAD_UNTOLD, HEAD_TOLD, HEAD_LOST };

/* Bodies of known extent around each other, in which something looked like a head. */
#define MAX_OUTER_BODIES 4

/* No Content-Length was seen, or it was not looked for. */
#define BODY_LENGTH_UNKNOWN (~0ull)

#define FRAME_HEADER_BYTES 9

/* Where a stream of HTTP/2 frames stands (http2.h). */
struct frames {
	/* Payload of the current frame still to come. */
	u32 left;
	u8 type;
	/* Bytes of the next frame's header in `header`. */
	u8 have;
	/* The position of the next frame is known. */
	u8 synchronised;
	/* The bytes to copy next begin with a frame header. */
	u8 run_starts_frame;
	/* Room for any `have` and any rest, as the verifier sees them. */
	u8 header[2 * FRAME_HEADER_BYTES];
	u8 reserved[2];
};

/* TLS layer only: what is known but not exported, so that it is not mistaken. */
enum ignored {
	IGNORED_NOT = 0,
	/* Outbound, or not selected by port. */
	IGNORED = 1,
	/* Role unknown: the first plaintext request tells (role.h). */
	IGNORED_ROLE_UNKNOWN = 2,
	/* It has told: inbound; not announced yet. */
	IGNORED_INBOUND = 3,
};

/* Both directions of a connection at one layer. */
struct channel {
	u64 connection;
	/* TLS layer only. The session (SSL *) that last moved bytes on the socket within a call; 0 = none was seen to. */
	u64 ssl;
	struct stream request;
	struct stream response;
	/* Body of the current response, or chunk of it, still to come. */
	u64 body_left;
	/* Content-Length, as far as the head being copied has told. */
	u64 head_length;
	/* Position of the response stream when request bytes were lost last, plus one; 0 = never. */
	u64 request_lost_at;
	/* Where bodies around what is being read end. */
	u64 outer_ends[MAX_OUTER_BODIES];
	/* Content-Length or chunk size being read; the last letters of a transfer coding. */
	u64 number;
	/* Bytes of the current response's head that may still be copied. */
	u32 head_budget;
	u8 protocol;
	u8 phase;
	/* Status of the response whose head is being copied is 1xx but not 101. */
	u8 interim;
	/* … is 101: what follows is another protocol. */
	u8 upgrade;
	/* … allows no body. */
	u8 bodiless;
	/* A response has begun with "HTTP/1.": the protocol is no guess. */
	u8 http1_confirmed;
	u8 layer;
	/* enum ignored */
	u8 ignored;
	/* The application has closed its end, by shutdown(2) too: a TLS library's object may already serve another socket. */
	u8 closing;
	/* TLS layer only. A probed handshake or read was made for it, even if it gave nothing. */
	u8 called;
	/* Request bytes have come since the last head of a response. */
	u8 response_due;
	/* The last request bytes came while a response was due already, or under way. */
	u8 request_again;
	/* The client has sent a request before the response to another one: every head is read. */
	u8 pipelined;
	/* enum walk_step */
	u8 step;
	u8 matched;
	/* enum framing_field */
	u8 field;
	/* Blanks have come behind a value. */
	u8 value_ended;
	/* enum coding */
	u8 coding;
	/* enum length_state */
	u8 length_state;
	/* Of them in use. */
	u8 outer_bodies;
	/* The next bytes are the first behind a head. */
	u8 fresh;
	/* `body_left` is that of a chunk. */
	u8 in_chunk;
	/* The chunks are followed from right behind the last head that was delivered. */
	u8 tracked;
	/* … which nothing but their first bytes has told to be chunks. */
	u8 guessed;
	/* They have ended: right here. */
	u8 ended;
	/* A final response has begun. */
	u8 answered;
	/* Every head since the last one that was delivered is known, lost ones too. */
	u8 chained;
	/* … up to the head being read. */
	u8 chained_before;
	/* enum head_told */
	u8 head_told;
	/* Heads of final responses since then that were lost. */
	u16 heads_lost;
	/* This head is read even when it seems to be all there is of its piece. */
	u8 read_head;
	/* The head is walked through (http1-walk.h). */
	u8 walks;
	/* What is copied should begin a head: at most RESPONSE_UNIT bytes. */
	u8 looks_for_head;
	/* Of the search in a head (http1.h). Does the line hold anything but a carriage return? */
	u8 line_filled;
	/* Offset behind the end; 0 = not found. */
	u32 head_end;
	/* Behind "Content-Length:", and of the line that begins like Transfer-Encoding; 0 = not found. */
	u16 length_at;
	u16 coding_at;
	/* Not 0: more than one of a kind. */
	u16 several;
	u8 reserved[1];
	struct frames response_frames;
	/* Here instead of on the stack: bytes being looked at. */
	u8 text[24];
};

enum sequence_state { SEQUENCE_UNKNOWN = 0, SEQUENCE_KNOWN = 1, SEQUENCE_NONE = 2 };

#define TLS_RECEIVED_APART 1
/* By a TLS library that is probed, while it shakes hands or reads. */
#define TLS_RECEIVED_IN_CALL 2

enum role { ROLE_UNKNOWN = 0, ROLE_SERVER = 1, ROLE_CLIENT = 2 };

struct connection {
	struct channel channel;
	u32 generation;
	u32 verdict_tgid;
	/* tcp_sock.copied_seq after the last receive: finds bytes that passed by another way. */
	u32 rx_seq;
	/* tcp_sock.write_seq after the last send, where only system calls are hooked. */
	u32 tx_seq;
	/* enum sequence_state */
	u8 rx_seq_known;
	u8 tx_seq_known;
	/* Our FIN has a place in the sequence too. */
	u8 fin_sent;
	u8 selected;
	u8 role;
	u8 from_start;
	u8 announced;
	u8 closed;
	/* Where its ciphertext was received: TLS_RECEIVED_APART, TLS_RECEIVED_IN_CALL. */
	u8 tls_received;
	/* The role was taken from what passed: open before the agent, and nothing listens any more. */
	u8 role_inferred;
	/* The rings had no room for its announcement, and it has not been made since. */
	u8 unannounced;
	/* enum proxy_stage (proxy-header.h) */
	u8 proxy_stage;
	/* Bytes of it that were looked at. */
	u8 proxy_seen;
	/* It was exported when the application peeked at it. */
	u8 proxy_delivered;
	/* Inbound, announced, no header before its messages: known for good, while `generation` is the current one. */
	u8 settled;
	u8 reserved[1];
	u32 proxy_left;
	/* `control.resumed` when what is known of it began. */
	u32 resumed;
};
