// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/client_sink.hpp"

#include <cstdint>
#include <string>

namespace troupe {

/// The bytes of one request's answer in one API's shape; everything appends to `out`. Keeps what a
/// whole answer needs until it is written. Role: one per request, used by one thread at a time.
class answer_format {
public:
  answer_format() = default;
  answer_format(const answer_format&) = delete;
  answer_format& operator=(const answer_format&) = delete;
  virtual ~answer_format() = default;

  /// Events of a stream. `begin` comes before anything else of a choice; `close` comes last, with
  /// what the request used.
  virtual void begin(std::string& out, std::uint32_t choice) = 0;
  virtual void add(std::string& out, std::uint32_t choice, const choice_delta& what) = 0;
  virtual void finish(std::string& out, std::uint32_t choice, finish_reason why) = 0;
  virtual void close(std::string& out, const token_usage& used) = 0;

  /// The same as one JSON text.
  virtual void keep(std::uint32_t choice, const choice_delta& what) = 0;
  virtual void keep_end(std::uint32_t choice, finish_reason why) = 0;
  virtual void write_whole(std::string& out, const token_usage& used) = 0;
};

} // namespace troupe
