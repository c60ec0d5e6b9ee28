// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/last_words.hpp"

#include "runtime/process/descriptor.hpp"
#include "runtime/process/files.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <type_traits>

namespace troupe::process {

namespace {

constexpr std::uint64_t page_kind = 0x31736472'6f777473ULL;

struct raw_mark {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::uint64_t index = 0;
};

struct raw_page {
  std::uint64_t kind = page_kind;
  std::uint64_t node = 0;
  std::uint64_t life = 0;
  std::uint64_t count = 0;
  std::array<raw_mark, last_words::marks_max> marks{};
};
static_assert(std::is_trivially_copyable_v<raw_page>);

} // namespace

struct last_words_writer::page {
  raw_page raw;
};

result<void> prepare_last_words(const std::string& path) {
  const raw_page empty;
  ::unlink(path.c_str()); // A mapping of the process before keeps its own.
  const descriptor file{
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file || ::write(file.get(), &empty, sizeof empty) != sizeof empty) {
    return error{.code = errc::io_failed, .text = path + ": " + std::strerror(errno)};
  }
  return {};
}

result<last_words> read_last_words(const std::string& path) {
  const auto text = read_file(path, sizeof(raw_page));
  if (!text) {
    return text.err();
  }
  raw_page raw;
  if (text->size() == sizeof raw) {
    std::memcpy(&raw, text->data(), sizeof raw);
  }
  if (text->size() != sizeof raw || raw.kind != page_kind || raw.count > last_words::marks_max) {
    return error{.code = errc::malformed, .text = path + " holds no last words"};
  }
  last_words out{.node = raw.node, .life = raw.life};
  for (std::size_t at = 0; at < raw.count; ++at) {
    const auto& one = raw.marks[at];
    out.marks.push_back({{one.high, one.low}, static_cast<std::uint32_t>(one.index)});
  }
  return out;
}

result<std::unique_ptr<last_words_writer>> last_words_writer::open(const std::string& path) {
  if (const auto fine = read_last_words(path); !fine) {
    return fine.err();
  }
  const descriptor file{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
  struct stat is{};
  if (!file || ::fstat(file.get(), &is) != 0 || is.st_size != sizeof(page)) {
    return error{.code = errc::io_failed, .text = path + ": " + std::strerror(errno)};
  }
  auto* at = ::mmap(nullptr, sizeof(page), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (at == MAP_FAILED) {
    return error{.code = errc::io_failed, .text = path + ": " + std::strerror(errno)};
  }
  return std::unique_ptr<last_words_writer>(new last_words_writer(static_cast<page*>(at)));
}

last_words_writer::~last_words_writer() {
  end();
  ::munmap(page_, sizeof(page));
}

void last_words_writer::introduce(std::uint64_t node, std::uint64_t life) {
  page_->raw.node = node;
  page_->raw.life = life;
}

// The count is last: a death between two writes leaves fewer words, never wrong ones.
void last_words_writer::begin(std::span<const last_mark> doing) {
  end();
  const auto count = std::min(doing.size(), last_words::marks_max);
  for (std::size_t at = 0; at < count; ++at) {
    page_->raw.marks[at] = {doing[at].id.high, doing[at].id.low, doing[at].index};
  }
  std::atomic_ref(page_->raw.count).store(count, std::memory_order_release);
}

void last_words_writer::end() {
  std::atomic_ref(page_->raw.count).store(0, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

} // namespace troupe::process
