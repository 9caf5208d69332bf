/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The head of an HTTP/1 response byte by byte: its status, Content-Length and Transfer-Encoding (RFC 9112 §4, §5, §6). */
#pragma once

#include "http1-framing.h"

/* Largest Content-Length that is taken for one: the reader has the same. */
#define MAX_BODY_DIGITS_VALUE 1000000000000000ull

#define CHUNKED_WORD                                                                                           \
	((u64)'c' << 48 | (u64)'h' << 40 | (u64)'u' << 32 | (u64)'n' << 24 | (u64)'k' << 16 | (u64)'e' << 8 | 'd')

enum framing_field { FIELD_LENGTH = 0, FIELD_CODING = 1 };

/* The letter at `at` of "content-length:" or "transfer-encoding:"; 0 behind it. */
static __always_inline u8 name_letter(u32 field, u32 at)
{
	u64 letters = 0;
	if (at < 8)
		letters = field == FIELD_CODING ? WORD_OF('t', 'r', 'a', 'n', 's', 'f', 'e', 'r') :
						  WORD_OF('c', 'o', 'n', 't', 'e', 'n', 't', '-');
	else if (at < 16)
		letters = field == FIELD_CODING ? WORD_OF('-', 'e', 'n', 'c', 'o', 'd', 'i', 'n') :
						  WORD_OF('l', 'e', 'n', 'g', 't', 'h', ':', 0);
	else if (at < 18 && field == FIELD_CODING)
		letters = WORD_OF('g', ':', 0, 0, 0, 0, 0, 0);
	return letters >> (8 * (at & 7));
}

/* @status: three digits */
static __always_inline void note_status(struct channel *channel, u32 status)
{
	/* 101 is final for HTTP (RFC 9110 §15.2); any other 1xx is followed by the real response. */
	channel->upgrade = status == 101;
	channel->interim = status < 200 && status != 101;
	channel->bodiless = status < 200 || status == 204 || status == 304;
}

static __always_inline void begin_walk(struct channel *channel)
{
	channel->step = STEP_STATUS_LINE;
	channel->matched = 0;
	channel->number = 0;
	channel->coding = CODING_NONE;
	channel->length_state = LENGTH_NONE;
}

static __always_inline u32 status_line_byte(struct channel *channel, u8 byte)
{
	u32 at = channel->matched;
	if (at >= 12) {
		if (byte == '\n')
			channel->step = STEP_LINE_START;
		return WALK_ON;
	}
	channel->matched = at + 1;
	bool digit = (u8)(byte - '0') <= 9;
	if (at < 7 ? byte != (u8)(WORD_OF('H', 'T', 'T', 'P', '/', '1', '.', 0) >> (8 * (at & 7))) : at == 8 ? byte != ' ' : !digit)
		return WALK_BROKEN;
	if (at == 9)
		channel->number = 0;
	if (at >= 9)
		channel->number = channel->number * 10 + (byte - '0');
	if (at == 11) {
		if (channel->number < 100)
			return WALK_BROKEN;
		note_status(channel, channel->number);
	}
	return WALK_ON;
}

/* One of the values of a list ends: several equal lengths are one (RFC 9112 §6.3), the last coding decides (§6.1). */
static __always_inline void end_value(struct channel *channel)
{
	if (channel->field == FIELD_CODING) {
		if (channel->matched)
			channel->coding = channel->number == CHUNKED_WORD ? CODING_CHUNKED : CODING_OTHER;
		else if (channel->coding == CODING_NONE)
			channel->coding = CODING_OTHER;
	} else if (!channel->matched || (channel->length_state == LENGTH_KNOWN && channel->head_length != channel->number)) {
		channel->length_state = LENGTH_INVALID;
	} else if (channel->length_state == LENGTH_NONE) {
		channel->length_state = LENGTH_KNOWN;
		channel->head_length = channel->number;
	}
	channel->number = 0;
	channel->matched = 0;
	channel->value_ended = 0;
}

static __always_inline void value_byte(struct channel *channel, u8 byte)
{
	if (byte == '\n' || byte == ',') {
		end_value(channel);
		if (byte == '\n')
			channel->step = STEP_LINE_START;
		return;
	}
	if (is_blank(byte)) {
		channel->value_ended = channel->matched;
		return;
	}
	channel->matched = 1;
	if (channel->field == FIELD_CODING) {
		/* Of a longer word the last eight letters: enough to know that it is another one. */
		channel->number = channel->value_ended ? ~0ull : channel->number << 8 | byte | 0x20;
		return;
	}
	u8 digit = byte - '0';
	if (channel->value_ended || digit > 9 || channel->number >= MAX_BODY_DIGITS_VALUE / 10)
		channel->length_state = LENGTH_INVALID;
	else
		channel->number = channel->number * 10 + digit;
}

static __always_inline u32 head_byte(struct channel *channel, u8 byte)
{
	u32 at = channel->matched;
	switch (channel->step) {
	case STEP_STATUS_LINE:
		return status_line_byte(channel, byte);
	case STEP_LINE_START:
		if (byte == '\n') {
			end_head(channel);
			return WALK_DONE;
		}
		if (byte == '\r')
			return WALK_ON;
		channel->field = (byte | 0x20) == 't' ? FIELD_CODING : FIELD_LENGTH;
		channel->matched = 1;
		channel->step = (byte | 0x20) == 't' || (byte | 0x20) == 'c' ? STEP_NAME : STEP_LINE;
		if (is_blank(byte)) {
			/* A line that goes on (§5.2): which field it belongs to is not kept. */
			channel->length_state = LENGTH_INVALID;
			if (channel->coding != CODING_NONE)
				channel->coding = CODING_OTHER;
		}
		return WALK_ON;
	case STEP_NAME:
		if ((byte | 0x20) == name_letter(channel->field, at)) {
			channel->matched = at + 1;
			if (byte == ':') {
				channel->step = STEP_VALUE;
				channel->number = 0;
				channel->matched = 0;
				channel->value_ended = 0;
			}
			return WALK_ON;
		}
		if (is_blank(byte) && name_letter(channel->field, at) == ':') {
			/* White space before the colon (§5.1). */
			channel->length_state = LENGTH_INVALID;
			if (channel->field == FIELD_CODING)
				channel->coding = CODING_OTHER;
		}
		channel->step = byte == '\n' ? STEP_LINE_START : STEP_LINE;
		return WALK_ON;
	case STEP_VALUE:
		value_byte(channel, byte);
		return WALK_ON;
	default:
		if (byte == '\n')
			channel->step = STEP_LINE_START;
		return WALK_ON;
	}
}
