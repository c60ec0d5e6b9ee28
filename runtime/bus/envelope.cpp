// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/envelope.hpp"

#include "runtime/base/utf8.hpp"
#include "runtime/codec/codec.hpp"

#include <concepts>

namespace troupe {

namespace {

template <std::unsigned_integral T>
void put(bytes& out, T value) {
  for (unsigned i = 0; i < sizeof(T); ++i) {
    out.push_back(static_cast<std::byte>((static_cast<std::uint64_t>(value) >> (8 * i)) & 0xFFU));
  }
}

template <std::unsigned_integral T>
T take(bytes_view& from) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < sizeof(T); ++i) {
    value |= static_cast<std::uint64_t>(from[i]) << (8 * i);
  }
  from = from.subspan(sizeof(T));
  return static_cast<T>(value);
}

} // namespace

void write_envelope(const envelope& what, bytes& out) {
  put(out, envelope_version);
  put(out, static_cast<std::uint8_t>(what.kind));
  put(out, what.type);
  put(out, what.deadline_ms);
  put(out, what.target);
  put(out, what.source);
  put(out, what.request_id);
  put(out, what.seq);
  put(out, what.attachment_bytes);
}

result<envelope> read_envelope(bytes_view frame) {
  if (frame.size() < envelope_bytes) {
    return error{.code = errc::malformed, .text = "a frame shorter than its envelope"};
  }
  if (take<std::uint8_t>(frame) != envelope_version) {
    return error{.code = errc::malformed,
                 .text = "an envelope of another version; update the older node"};
  }
  const auto kind = take<std::uint8_t>(frame);
  if (kind == 0 || kind > frame_kind_last) {
    return error{.code = errc::malformed, .text = "a frame of unknown kind"};
  }
  envelope what{.kind = static_cast<frame_kind>(kind)};
  what.type = take<wire_type>(frame);
  what.deadline_ms = take<std::uint32_t>(frame);
  what.target = take<std::uint64_t>(frame);
  what.source = take<std::uint64_t>(frame);
  what.request_id = take<std::uint64_t>(frame);
  what.seq = take<std::uint64_t>(frame);
  what.attachment_bytes = take<std::uint64_t>(frame);
  return what;
}

bytes encode_hello(const hello_body& what) {
  return encode(what);
}

result<hello_body> decode_hello(bytes_view body) {
  return decode<hello_body>(body);
}

bytes encode_credit(const credit_body& what) {
  return encode(what);
}

result<credit_body> decode_credit(bytes_view body) {
  return decode<credit_body>(body);
}

bytes encode_error(error what) {
  what.text = utf8::repaired(what.text, error_text_bytes_max);
  what.field = utf8::repaired(what.field, text_bytes_max);
  return encode(what);
}

error decode_error(bytes_view body) {
  error what;
  if (auto read = decode_into(body, what); !read) {
    return std::move(read).err();
  }
  return what;
}

} // namespace troupe
