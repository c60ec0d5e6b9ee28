// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/http/limits.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::http {

/// Why a request was refused; the connection must be closed after the answer, because nobody can
/// tell where the next request begins.
struct refusal {
  int status = 400;
  std::string text;
};

/// Finds where one HTTP/1 request's head and body end, accepting only what every reader of the
/// standard would end at the same byte. Refused: Content-Length beside Transfer-Encoding, repeated
/// or not plain digits; Transfer-Encoding other than exactly chunked, or on HTTP/1.0; bare CR, LF
/// or NUL; folded lines; space around a field's name; a missing, repeated or contradicted Host;
/// names that differ from framing headers by '_' only; chunk extensions, signs and prefixes.
/// Trailers are checked and dropped.
///
/// Role: one per request, in front of the header parser; does no I/O. Cost: one pass.
/// Source: RFC 9112. Checked: test/unit/http/framing_test.cpp
class framing {
public:
  enum class state : std::uint8_t { head, body, complete, refused };

  explicit framing(const limits& bounds) : limits_(&bounds) {}

  /// Takes what it needs from the start of `data` and returns how many bytes that was; the rest
  /// belongs to the next request. Stops once after the head, so that its caller can look at it.
  std::size_t feed(std::string_view data);

  [[nodiscard]] state now() const { return state_; }
  [[nodiscard]] bool started() const { return !head_.empty(); }
  [[nodiscard]] const refusal& why() const { return refusal_; } ///< Of state refused.

  /// From state body on: request line and headers including the empty line.
  [[nodiscard]] const std::string& head() const { return head_; }
  [[nodiscard]] const std::string& target() const { return target_; } ///< In origin form, or "*".
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }
  [[nodiscard]] bool is_http_1_0() const { return minor_ == 0; }
  [[nodiscard]] bool expects_continue() const { return expects_continue_; }
  [[nodiscard]] bool has_body() const { return chunked_ || length_.value_or(0) > 0; }

  [[nodiscard]] std::string& body() { return body_; } ///< Decoded; whole in state complete.

private:
  enum class chunk_part : std::uint8_t { size, data, data_end, trailer };

  std::size_t feed_head(std::string_view data);
  std::size_t feed_body(std::string_view data);
  std::size_t feed_sized(std::string_view data);
  std::size_t feed_chunked(std::string_view data);
  bool take_line(std::string_view data, std::size_t& used, std::size_t line_bytes_max);
  void end_chunk_line();
  void on_head_line(std::string_view line);
  void on_request_line(std::string_view line);
  void on_target(std::string_view target);
  void on_header(std::string_view line);
  void on_field(const std::string& name, std::string_view value);
  void on_length(std::string_view value);
  void on_coding(std::string_view value);
  void on_head_end();
  void refuse(int status, std::string text);

  const limits* limits_;
  state state_ = state::head;
  refusal refusal_;

  std::string head_;
  std::size_t line_begin_ = 0;
  std::size_t headers_ = 0;
  std::string method_;
  std::string target_;
  std::optional<std::string> authority_; ///< Of an absolute-form target.
  std::optional<std::string> host_;
  int minor_ = 1;
  bool keep_alive_ = true;
  bool expects_continue_ = false;

  std::optional<std::uint64_t> length_;
  bool chunked_ = false;
  std::string body_;
  std::uint64_t left_ = 0; ///< Bytes of the body, or of this chunk, not yet seen.
  chunk_part part_ = chunk_part::size;
  std::string line_; ///< A chunk's size line or a trailer.
  std::size_t trailer_bytes_ = 0;
};

} // namespace troupe::http
