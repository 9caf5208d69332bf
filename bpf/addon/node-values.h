// SPDX-License-Identifier: Apache-2.0
// What comes from JavaScript, checked, and errors that go back, with what libbpf had to say.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

// From here on libbpf's warnings are kept, for the next error.
void CollectMessages();

// Those kept so far belong to nothing that follows.
void ForgetMessages();

// Throws "WHAT: the errno's text", with libbpf's messages behind it and the number as `errno`.
[[noreturn]] void Fail(Napi::Env env, const std::string &what, int error);

// Throws a TypeError that names the option.
std::string RequiredString(const Napi::Object &options, const char *name);

// Throws a RangeError that names the option and the bounds.
uint32_t RequiredPowerOfTwo(const Napi::Object &options, const char *name, uint32_t min, uint32_t max);

// The bytes of a buffer of exactly this many; throws a TypeError else.
const uint8_t *Bytes(const Napi::Value &value, size_t expected, const char *what);

// An array of whole numbers from 0 on.
std::vector<uint64_t> Numbers(const Napi::Value &value);
