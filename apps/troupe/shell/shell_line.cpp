// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/shell_line.hpp"

#include <optional>
#include <utility>

namespace troupe::shell {

namespace {

constexpr std::string_view blanks = " \t\r\n";

error malformed(std::string text) {
  return {.code = errc::malformed, .text = std::move(text)};
}

class line_reader {
public:
  explicit line_reader(std::string_view text) : text_(text) {}

  result<shell_line> read() {
    shell_line line;
    while (skip_blanks()) {
      const char c = text_[at_];
      if (c == '#') {
        break;
      }
      if (c == '|') {
        line.pipe = rest(1);
        if (line.pipe.empty()) {
          return malformed("| needs a command behind it");
        }
        return line;
      }
      if (c == '>') {
        line.append = text_.substr(at_).starts_with(">>");
        at_ += line.append ? 2 : 1;
        auto file = skip_blanks() ? word() : result<std::string>(std::string{});
        if (!file) {
          return file.err();
        }
        if (file->empty() || skip_blanks()) {
          return malformed("> needs one file behind it, and nothing after that");
        }
        line.file = *std::move(file);
        return line;
      }
      auto next = word();
      if (!next) {
        return next.err();
      }
      line.words.push_back(*std::move(next));
    }
    return line;
  }

private:
  bool skip_blanks() {
    at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size());
    return at_ < text_.size();
  }

  std::string rest(std::size_t skip) {
    at_ += skip;
    return skip_blanks() ? std::string(text_.substr(at_)) : std::string{};
  }

  // Inside braces everything but the closing one is kept, quotes too: the message parser reads it.
  result<std::string> word() {
    std::string out;
    std::string open;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool is_end = blanks.find(c) != std::string_view::npos || c == '|' || c == '>';
      if (open.empty() && is_end) {
        break;
      }
      if (c == '"' || c == '\'') {
        if (auto done = quoted(c, !open.empty(), out); !done) {
          return done.err();
        }
        continue;
      }
      if (c == '{' || c == '[') {
        open += c == '{' ? '}' : ']';
      } else if (!open.empty() && c == open.back()) {
        open.pop_back();
      }
      out += c;
      ++at_;
    }
    if (!open.empty()) {
      return malformed(std::string("a '") + open.back() + "' is missing");
    }
    return out;
  }

  result<void> quoted(char quote, bool keep, std::string& out) {
    const auto begin = at_++;
    std::string inside;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
      }
      inside += text_[at_++];
    }
    if (at_ == text_.size()) {
      return malformed(std::string("a closing ") + quote + " is missing");
    }
    ++at_;
    out += keep ? std::string(text_.substr(begin, at_ - begin)) : inside;
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

} // namespace

result<shell_line> parse_line(std::string_view text) {
  if (text.size() > line_bytes_max) {
    return error{.code = errc::too_large,
                 .text = "a line has at most " + std::to_string(line_bytes_max) + " bytes"};
  }
  return line_reader(text).read();
}

} // namespace troupe::shell
