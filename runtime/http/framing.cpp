// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/http/framing.hpp"

#include "runtime/http/syntax.hpp"

#include <algorithm>
#include <charconv>

namespace troupe::http {

namespace {

// Proxies that turn '_' into '-' would read these as the headers that frame the message.
bool is_twin(std::string_view name) {
  if (name.find('_') == std::string_view::npos) {
    return false;
  }
  auto dashed = std::string{name};
  std::ranges::replace(dashed, '_', '-');
  return dashed == "content-length" || dashed == "transfer-encoding" || dashed == "host"
         || dashed == "connection" || dashed == "expect" || dashed == "authorization";
}

} // namespace

void framing::refuse(int status, std::string text) {
  if (state_ != state::refused) {
    state_ = state::refused;
    refusal_ = {status, std::move(text)};
  }
}

std::size_t framing::feed(std::string_view data) {
  switch (state_) {
    case state::head:
      return feed_head(data);
    case state::body:
      return feed_body(data);
    case state::complete:
    case state::refused:
      break;
  }
  return 0;
}

std::size_t framing::feed_head(std::string_view data) {
  std::size_t used = 0;
  while (state_ == state::head && used < data.size()) {
    const auto rest = data.substr(used);
    const auto newline = rest.find('\n');
    const auto part = rest.substr(0, newline == rest.npos ? rest.size() : newline + 1);
    if (head_.size() - line_begin_ + part.size() > limits_->line_bytes_max) {
      refuse(line_begin_ == 0 ? 414 : 431,
             line_begin_ == 0 ? "request line too long" : "header line too long");
    } else if (head_.size() + part.size() > limits_->head_bytes_max) {
      refuse(431, "headers too large");
    } else {
      head_ += part;
      used += part.size();
      if (newline != rest.npos) {
        on_head_line(std::string_view{head_}.substr(line_begin_));
        line_begin_ = head_.size();
      }
    }
  }
  return used;
}

void framing::on_head_line(std::string_view line) {
  if (!line.ends_with("\r\n")) {
    return refuse(400, "a line must end with CR LF");
  }
  line.remove_suffix(2);
  if (!is_field_text(line)) {
    return refuse(400, "control characters in the head");
  }
  if (line_begin_ == 0) {
    return on_request_line(line);
  }
  return line.empty() ? on_head_end() : on_header(line);
}

void framing::on_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == line.npos || first == last) {
    return refuse(400, "malformed request line");
  }
  method_ = std::string{line.substr(0, first)};
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(method_) || method_.size() > 32 || !is_visible(target)) {
    return refuse(400, "malformed request line");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    const bool other = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.';
    return refuse(other ? 505 : 400, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  }
  minor_ = version.back() - '0';
  keep_alive_ = minor_ == 1;
  on_target(target);
}

void framing::on_target(std::string_view target) {
  if (target.find('#') != target.npos) {
    return refuse(400, "a request target has no fragment");
  }
  if (target.starts_with('/') || (target == "*" && method_ == "OPTIONS")) {
    target_ = std::string{target};
    return;
  }
  if (lower(target.substr(0, 7)) != "http://") {
    return refuse(400, "the request target must be a path");
  }
  target.remove_prefix(7);
  const auto slash = std::min(target.find_first_of("/?"), target.size());
  authority_ = lower(target.substr(0, slash));
  target_ = std::string{target.substr(slash)};
  if (!target_.starts_with('/')) {
    target_ = "/" + target_;
  }
}

void framing::on_header(std::string_view line) {
  if (++headers_ > limits_->headers_max) {
    return refuse(431, "too many headers");
  }
  if (line.front() == ' ' || line.front() == '\t') {
    return refuse(400, "folded header lines are not accepted");
  }
  const auto colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) {
    return refuse(400, "malformed header name");
  }
  on_field(lower(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
}

void framing::on_field(const std::string& name, std::string_view value) {
  if (is_twin(name)) {
    return refuse(400, "header " + name + " is ambiguous");
  }
  if (name == "content-length") {
    on_length(value);
  } else if (name == "transfer-encoding") {
    on_coding(value);
  } else if (name == "host") {
    if (host_ || !is_authority(value)) {
      return refuse(400, "exactly one valid Host is required");
    }
    host_ = lower(value);
  } else if (name == "connection") {
    if (has_list_item(value, "close")) {
      keep_alive_ = false;
    } else if (minor_ == 0 && has_list_item(value, "keep-alive")) {
      keep_alive_ = true;
    }
  } else if (name == "expect") {
    if (lower(value) != "100-continue") {
      return refuse(417, "only 100-continue can be expected");
    }
    expects_continue_ = minor_ == 1;
  }
}

void framing::on_length(std::string_view value) {
  std::uint64_t length = 0;
  const auto* end = value.data() + value.size();
  const bool digits = !value.empty() && value.size() <= 19
                      && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
  if (length_ || !digits || std::from_chars(value.data(), end, length).ec != std::errc{}) {
    return refuse(400, "Content-Length must be given once, in digits");
  }
  length_ = length;
}

void framing::on_coding(std::string_view value) {
  if (chunked_ || lower(value) != "chunked" || minor_ == 0) {
    return refuse(400, "the only Transfer-Encoding is chunked, once, with HTTP/1.1");
  }
  chunked_ = true;
}

void framing::on_head_end() {
  if (chunked_ && length_) {
    return refuse(400, "Content-Length and Transfer-Encoding exclude each other");
  }
  if (!host_ && minor_ == 1) {
    return refuse(400, "exactly one valid Host is required");
  }
  if (authority_ && host_ && *authority_ != *host_) {
    return refuse(400, "Host contradicts the request target");
  }
  if (length_.value_or(0) > limits_->body_bytes_max) {
    return refuse(413,
                  "the body is larger than " + std::to_string(limits_->body_bytes_max) + " bytes");
  }
  left_ = length_.value_or(0);
  state_ = state::body;
}

std::size_t framing::feed_body(std::string_view data) {
  return chunked_ ? feed_chunked(data) : feed_sized(data);
}

std::size_t framing::feed_sized(std::string_view data) {
  const auto part =
      data.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size())));
  body_ += part;
  left_ -= part.size();
  if (left_ == 0) {
    state_ = state::complete;
  }
  return part.size();
}

std::size_t framing::feed_chunked(std::string_view data) {
  std::size_t used = 0;
  while (state_ == state::body && used < data.size()) {
    if (part_ == chunk_part::data) {
      const auto part = data.substr(used).substr(
          0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size() - used)));
      body_ += part;
      used += part.size();
      left_ -= part.size();
      part_ = left_ == 0 ? chunk_part::data_end : chunk_part::data;
    } else if (take_line(data, used,
                         part_ == chunk_part::trailer ? limits_->trailer_bytes_max : 18)) {
      end_chunk_line();
      line_.clear();
    }
  }
  return used;
}

// Collects line_ without its CR LF; true once it is complete.
bool framing::take_line(std::string_view data, std::size_t& used, std::size_t line_bytes_max) {
  while (used < data.size()) {
    line_ += data[used++];
    if (line_.size() > line_bytes_max) {
      refuse(400, "malformed chunk");
      return false;
    }
    if (line_.back() == '\n') {
      if (!line_.ends_with("\r\n")) {
        refuse(400, "a line must end with CR LF");
        return false;
      }
      line_.resize(line_.size() - 2);
      return true;
    }
  }
  return false;
}

void framing::end_chunk_line() {
  if (part_ == chunk_part::data_end) {
    part_ = chunk_part::size;
    return line_.empty() ? void() : refuse(400, "chunk data must end with CR LF");
  }
  if (part_ == chunk_part::trailer) {
    trailer_bytes_ += line_.size() + 2;
    if (line_.empty()) {
      state_ = state::complete;
    } else if (trailer_bytes_ > limits_->trailer_bytes_max || !is_field_text(line_)
               || !is_token(std::string_view{line_}.substr(0, line_.find(':')))
               || line_.find(':') == line_.npos) {
      refuse(400, "malformed trailer");
    }
    return;
  }
  const auto* end = line_.data() + line_.size();
  const bool hex = !line_.empty() && std::ranges::all_of(line_, is_hex_digit);
  if (!hex || std::from_chars(line_.data(), end, left_, 16).ec != std::errc{}) {
    return refuse(400, "a chunk's size is 1 to 16 hexadecimal digits and nothing else");
  }
  if (left_ > limits_->body_bytes_max - body_.size()) {
    return refuse(413,
                  "the body is larger than " + std::to_string(limits_->body_bytes_max) + " bytes");
  }
  part_ = left_ == 0 ? chunk_part::trailer : chunk_part::data;
}

} // namespace troupe::http
