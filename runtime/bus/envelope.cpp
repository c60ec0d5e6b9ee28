// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/envelope.hpp"

#include "runtime/base/utf8.hpp"
#include "runtime/codec/codec.hpp"

#include <array>
#include <bit>
#include <concepts>
#include <cstring>

namespace troupe {

namespace {

static_assert(std::endian::native == std::endian::little, "frames are little-endian, as memory is");

class cursor {
public:
  explicit cursor(std::byte* at) : at_(at) {}
  template <std::unsigned_integral T>
  void put(T value) {
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }

private:
  std::byte* at_;
};

template <std::unsigned_integral T>
T take(bytes_view& from) {
  T value = 0;
  std::memcpy(&value, from.data(), sizeof value);
  from = from.subspan(sizeof(T));
  return value;
}

void put_envelope(const envelope& what, cursor& to) {
  to.put(envelope_version);
  to.put(static_cast<std::uint8_t>(what.kind));
  to.put(what.type);
  to.put(what.deadline_ms);
  to.put(what.target);
  to.put(what.source);
  to.put(what.request_id);
  to.put(what.seq);
  to.put(what.attachment_bytes);
}

} // namespace

void write_envelope(const envelope& what, bytes& out) {
  std::array<std::byte, envelope_bytes> head; // NOLINT(*-member-init): written as a whole.
  cursor to(head.data());
  put_envelope(what, to);
  out.insert(out.end(), head.begin(), head.end());
}

void write_frame(const envelope& head, bytes_view body, bytes& out) {
  write_envelope(head, out);
  out.insert(out.end(), body.begin(), body.end());
}

void append_to_batch(bytes& batch, const envelope& head, bytes_view body) {
  if (batch.empty()) {
    write_envelope({.kind = frame_kind::batch}, batch);
  }
  std::array<std::byte, sizeof(std::uint32_t) + envelope_bytes> lead; // NOLINT(*-member-init)
  cursor to(lead.data());
  to.put(static_cast<std::uint32_t>(envelope_bytes + body.size()));
  put_envelope(head, to);
  batch.insert(batch.end(), lead.begin(), lead.end());
  batch.insert(batch.end(), body.begin(), body.end());
}

result<bytes_view> next_of_batch(bytes_view& rest) {
  std::uint32_t size = 0;
  if (rest.size() < sizeof size) {
    return error{.code = errc::malformed, .text = "a batch that is cut"};
  }
  size = take<std::uint32_t>(rest);
  if (size > rest.size()) {
    return error{.code = errc::malformed, .text = "a frame beyond the end of its batch"};
  }
  const auto next = rest.first(size);
  rest = rest.subspan(size);
  return next;
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

bytes encode_ping(const ping_body& what) {
  return encode(what);
}

result<ping_body> decode_ping(bytes_view body) {
  return decode<ping_body>(body);
}

bytes encode_node(const node_ref& what) {
  return encode(what);
}

result<node_ref> decode_node(bytes_view body) {
  return decode<node_ref>(body);
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
