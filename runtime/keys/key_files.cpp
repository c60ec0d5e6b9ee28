// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/keys/key_files.hpp"

#include "runtime/process/descriptor.hpp"
#include "runtime/process/files.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace troupe::keys {

namespace {

constexpr std::size_t file_bytes_max = std::size_t{8} << 20U;
constexpr std::size_t keys_max = 8;
constexpr mode_t others_access = 0077;
constexpr mode_t others_write = 0022;

// What is checked is what is read: one descriptor for both.
result<std::string> read_guarded(const std::string& path, mode_t refused, const char* remedy) {
  const auto file = process::descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat found{};
  if (!file || ::fstat(file.get(), &found) != 0) {
    return error{.code = errno == ENOENT ? errc::not_found : errc::io_failed,
                 .text = "cannot open " + path + ": " + std::strerror(errno)
                         + "; see `troupe keys --help`",
                 .field = path};
  }
  if (!S_ISREG(found.st_mode) || (found.st_uid != ::geteuid() && found.st_uid != 0)) {
    return error{.code = errc::invalid_value,
                 .text = path + " is not a regular file of this user",
                 .field = path};
  }
  if ((found.st_mode & refused) != 0) {
    return error{.code = errc::invalid_value, .text = path + remedy + path, .field = path};
  }
  std::string text;
  char buffer[4096];
  while (true) {
    const auto count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno != EINTR) {
      return error{.code = errc::io_failed,
                   .text = "reading " + path + " failed: " + std::strerror(errno),
                   .field = path};
    }
    if (count == 0) {
      return text;
    }
    text.append(buffer, count > 0 ? static_cast<std::size_t>(count) : 0);
    if (text.size() > file_bytes_max) {
      return error{.code = errc::too_large, .text = path + " is over its limit", .field = path};
    }
  }
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) {
      line.remove_suffix(1);
    }
    if (!line.empty() && line.front() != '#') {
      lines.emplace_back(line);
    }
  }
  return lines;
}

error in_file(error why, const std::string& path) {
  why.text = path + ": " + why.text;
  why.field = path;
  return why;
}

} // namespace

result<secret_key> read_secret_file(const std::string& path) {
  const auto text = read_guarded(path, others_access, " can be read by others; run: chmod 600 ");
  if (!text) {
    return text.err();
  }
  const auto lines = lines_of(*text);
  if (lines.size() != 1) {
    return error{.code = errc::malformed, .text = path + " does not hold one key", .field = path};
  }
  auto key = parse_secret_key(lines.front());
  return key ? key : in_file(key.err(), path);
}

result<std::vector<std::string>> read_lines(const std::string& path) {
  const auto text = read_guarded(path, others_write, " can be written by others; run: chmod 644 ");
  if (!text) {
    return text.err();
  }
  return lines_of(*text);
}

result<bytes> read_document_file(const std::string& path) {
  const auto lines = read_lines(path);
  if (!lines) {
    return lines.err();
  }
  if (lines->size() != 1) {
    return error{
        .code = errc::malformed, .text = path + " does not hold one document", .field = path};
  }
  auto data = decode_text(lines->front());
  return data ? data : in_file(data.err(), path);
}

result<std::vector<public_key>> read_keys_file(const std::string& path) {
  const auto lines = read_lines(path);
  if (!lines) {
    return lines.err();
  }
  if (lines->empty() || lines->size() > keys_max) {
    return error{.code = errc::malformed,
                 .text = path + " does not hold 1 to " + std::to_string(keys_max) + " keys",
                 .field = path};
  }
  std::vector<public_key> all;
  for (const auto& line : *lines) {
    const auto key = parse_public_key(line);
    if (!key) {
      return in_file(key.err(), path);
    }
    all.push_back(*key);
  }
  return all;
}

result<void> write_secret_file(const std::string& path, const std::string& note,
                               const secret_key& key) {
  return process::write_file_atomic(path, "# " + note + "\n" + to_text(key) + "\n", 0600);
}

result<void> write_document_file(const std::string& path, const std::string& note,
                                 bytes_view document) {
  return process::write_file_atomic(path, "# " + note + "\n" + encode_text(document) + "\n", 0644);
}

result<void> write_keys_file(const std::string& path, const std::string& note,
                             const std::vector<public_key>& keys) {
  std::string text = "# " + note + "\n";
  for (const auto& key : keys) {
    text += to_text(key) + "\n";
  }
  return process::write_file_atomic(path, text, 0644);
}

} // namespace troupe::keys
