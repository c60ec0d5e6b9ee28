// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/redis/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::redis {

/// Something that a process keeps on a board. Names are 16 hexadecimal digits.
struct record {
  std::string name;
  bytes data;
};

struct board_options {
  std::string prefix;  ///< Of all keys: "troupe:prod:".
  duration lease = 3s; ///< A record that is not posted again for so long ends.
  std::size_t records_max = 8192;
  std::size_t record_bytes_max = std::size_t{8} << 10U;
  /// Whether a record can be what its name says; empty: all can.
  std::function<bool(const record&)> accepts;
};

[[nodiscard]] bool is_record_name(std::string_view name);

/// What is said to the server in one round, and what becomes of its answers: own records are
/// written with the lease as time to live, the index of names is read, then each record by name.
/// Keys: PREFIXnode:NAME and the set PREFIXnodes.
///
/// Nothing that comes back is trusted: a name that is none is passed over, of a record at most its
/// bound is read, names without an acceptable record leave the index, a key of another type is
/// deleted, and an index that is too large too; whoever lives writes again in the next round. No
/// command's cost grows with what others keep in the database.
/// Checked: test/unit/redis/board_round_test.cpp
class board_round {
public:
  explicit board_round(board_options options) : options_(std::move(options)) {}

  /// Begins a round: the first commands.
  [[nodiscard]] std::vector<command> begin(const std::map<std::string, bytes>& own);

  /// The answers to the last commands; the next ones, none: the round is complete.
  [[nodiscard]] std::vector<command> next(const std::vector<reply>& answers);

  /// The last commands came to nothing; `answered_too_much`: the answer was over its bounds.
  void broke(bool answered_too_much);

  /// Commands that take records away at the end.
  [[nodiscard]] std::vector<command> withdraw(const std::map<std::string, bytes>& own) const;

  /// Of the last round.
  [[nodiscard]] const std::vector<record>& records() const { return records_; }
  [[nodiscard]] const std::string& complaint() const { return complaint_; } ///< Of the server.
  /// Whether the server did all that was to be written and read: then what is missing is missing,
  /// for all keep their records there as this process does.
  [[nodiscard]] bool is_complete() const { return !was_refused_; }
  [[nodiscard]] std::uint64_t rejected() const { return rejected_; } ///< Since the start.

private:
  enum class step : std::uint8_t { write, list, read, tidy };

  [[nodiscard]] std::string key_of(const std::string& name) const;
  [[nodiscard]] std::string index() const { return options_.prefix + "nodes"; }
  [[nodiscard]] std::vector<command> after_write(const std::vector<reply>& answers);
  [[nodiscard]] std::vector<command> after_list(const std::vector<reply>& answers);
  [[nodiscard]] std::vector<command> after_read(const std::vector<reply>& answers);
  [[nodiscard]] std::vector<command> read_more();
  [[nodiscard]] bool take(const std::string& name, const reply& answer);
  [[nodiscard]] std::vector<command> tidy();

  static constexpr std::size_t batch_max = 128; ///< Records read at once.
  static constexpr int misses_max = 2;

  board_options options_;
  step step_ = step::write;
  std::vector<std::string> own_;
  std::map<std::string, int> known_; ///< With how often they were missing.
  std::vector<std::string> unread_;
  std::vector<std::string> asked_;
  command forget_; ///< Names that leave the index.
  command drop_;   ///< Keys to delete.
  std::vector<record> records_;
  std::string complaint_;
  bool was_refused_ = false; ///< A command that writes or reads.
  bool index_is_bad_ = false;
  std::uint64_t rejected_ = 0;
};

} // namespace troupe::redis
