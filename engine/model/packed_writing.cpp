// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/packed_writing.hpp"

#include "engine/model/packed_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <span>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace troupe::engine {
namespace {

/// Behind what serves, and not so far that a busy machine never gets its copy.
constexpr int niceness = 10;

/// What may wait in the system's pages before the disk has it.
constexpr std::uint64_t flush_bytes = 64U << 20U;

error refused(const std::string& path, const std::string& what) {
  return {.code = errc::io_failed, .text = path + ": " + what, .field = path};
}

error failed(const std::string& path, const char* what) {
  return refused(path, std::string{"cannot "} + what + " it: " + std::strerror(errno));
}

bool write_all(int file, bytes_view data, std::uint64_t at) {
  while (!data.empty()) {
    const auto done = ::pwrite(file, data.data(), data.size(), static_cast<off_t>(at));
    if (done < 0 && errno == EINTR) {
      continue;
    }
    if (done <= 0) {
      errno = done == 0 ? ENOSPC : errno;
      return false;
    }
    data = data.subspan(static_cast<std::size_t>(done));
    at += static_cast<std::uint64_t>(done);
  }
  return true;
}

result<void> reserve(const part_file& part, std::uint64_t bytes) {
  struct statvfs room{};
  if (::fstatvfs(part.number(), &room) == 0
      && static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize / 2 < bytes) {
    return refused(part.path(), "the disk has no room for it twice");
  }
  if (::fallocate(part.number(), 0, 0, static_cast<off_t>(bytes)) != 0 && errno != EOPNOTSUPP) {
    return failed(part.path(), "reserve");
  }
  return {};
}

/// The body's bytes from the tensors, piece after piece.
class body_reader {
public:
  explicit body_reader(std::span<const std::pair<packed_entry, bytes_view>> tensors)
      : tensors_(tensors) {}

  /// Fills `out` with what stands from `at` on; nothing else than going forward.
  void read(std::uint64_t at, std::span<std::byte> out) {
    std::ranges::fill(out, std::byte{});
    const auto end = at + out.size();
    while (next_ < tensors_.size()) {
      const auto& [entry, data] = tensors_[next_];
      const auto from = std::max(entry.at, at);
      const auto to = std::min(entry.at + entry.size_bytes, end);
      if (from < to) {
        std::memcpy(out.data() + (from - at), data.data() + (from - entry.at), to - from);
      }
      if (entry.at + entry.size_bytes > end) {
        return;
      }
      ++next_;
    }
  }

private:
  std::span<const std::pair<packed_entry, bytes_view>> tensors_;
  std::size_t next_ = 0;
};

result<void> write_body(const part_file& part, packed_front& front,
                        std::span<const std::pair<packed_entry, bytes_view>> tensors,
                        const std::atomic<bool>& stop) {
  bytes piece(packed_piece_bytes);
  body_reader body{tensors};
  auto flushed = front.body_at;
  for (std::size_t i = 0; i < front.sums.size(); ++i) {
    if (stop) {
      return error{.code = errc::cancelled, .text = part.path() + ": told to stop"};
    }
    const auto at = front.body_at + i * packed_piece_bytes;
    const auto here =
        std::span{piece}.first(std::min<std::uint64_t>(packed_piece_bytes, front.file_bytes - at));
    body.read(at, here);
    front.sums[i] = hash64(here);
    if (!write_all(part.number(), here, at)) {
      return failed(part.path(), "write");
    }
    if (const auto end = at + here.size(); end - flushed >= flush_bytes) {
      ::sync_file_range(
          part.number(), static_cast<off_t>(flushed), static_cast<off_t>(end - flushed),
          SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
      flushed = end;
    }
  }
  return {};
}

result<void> publish(part_file& part, const packed_target& to) {
  const auto path = packed_path(to.directory, to.key);
  if (::fchmod(part.number(), 0444) != 0 || ::fsync(part.number()) != 0) {
    return failed(part.path(), "synchronize");
  }
  if (!part.rename(path)) {
    return failed(path, "rename to");
  }
  const int directory = ::open(to.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    ::fsync(directory);
    ::close(directory);
  }
  return {};
}

} // namespace

result<std::uint64_t> write_packed(const packed_target& to, const packed_notes& what,
                                   const std::atomic<bool>& stop) {
  std::vector<packed_draft> drafts;
  for (const auto& one : what.all()) {
    drafts.push_back(one.draft);
  }
  auto front = lay_out(to.key, to.source, drafts);
  if (!front) {
    return front.err();
  }
  std::vector<std::pair<packed_entry, bytes_view>> tensors;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    tensors.emplace_back(drafts[i].entry, what.all()[i].data);
  }
  const auto path = packed_path(to.directory, to.key);
  if (::mkdir(to.directory.c_str(), 0755) != 0 && errno != EEXIST) {
    return failed(to.directory, "create");
  }
  auto part = part_file::take(path + std::string{part_ending});
  if (!part) {
    return part.err();
  }
  if (!to.replaces && identify(path)) {
    return refused(path, "another process has written it meanwhile");
  }
  if (auto fine = reserve(*part, front->file_bytes); !fine) {
    return fine.err();
  }
  if (auto fine = write_body(*part, *front, tensors, stop); !fine) {
    return fine.err();
  }
  if (!write_all(part->number(), write_front(*front), 0)) {
    return failed(part->path(), "write");
  }
  if (auto fine = publish(*part, to); !fine) {
    return fine.err();
  }
  tidy_packed(to.directory);
  return front->file_bytes;
}

packed_writing::packed_writing(packed_target to, std::shared_ptr<const packed_notes> what,
                               std::shared_ptr<const void> owner,
                               std::function<void(const outcome&)> done)
    : thread_([this, to = std::move(to), what = std::move(what), owner = std::move(owner),
               done = std::move(done)] {
        ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
        const auto written = write_packed(to, *what, stop_);
        if (done && !stop_) {
          done(written);
        }
      }) {
}

packed_writing::~packed_writing() {
  stop_ = true;
  wait();
}

void packed_writing::wait() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

} // namespace troupe::engine
