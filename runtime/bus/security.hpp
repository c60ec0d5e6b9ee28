// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/codec/fields.hpp"
#include "runtime/keys/node_keys.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace troupe {

/// What a bus refused, for the log.
struct refusal {
  std::string what; ///< peer, message or frame.
  std::string node; ///< The name it gave or proved; empty: none.
  std::string key;  ///< Of its connection; empty: none.
  error why;
  std::uint64_t unsaid = 0; ///< Refusals since the last one told, which were too many to tell.
};

/// Makes a bus believe only peers with a certificate, and those only what their roles may say.
/// Without it the links of a bus are nobody's in particular and must stay on loopback.
struct bus_security {
  std::shared_ptr<keys::live_keys> keys;
  std::map<wire_type, std::uint32_t> senders; ///< Roles that may send a type; no row: nobody.
  std::function<keys::unix_seconds()> calendar;

  /// A key has proved to be a node's: its connections need not wait any more.
  std::function<void(const keys::public_key&)> proved;

  /// A few times a second at most, under the bus's lock.
  std::function<void(const refusal&)> audit;
};

/// Since the start.
struct refusal_counts {
  std::uint64_t peers = 0;    ///< HELLOs, and later sessions, without a certificate that holds.
  std::uint64_t messages = 0; ///< Of types that the sender's roles may not send.
  std::uint64_t frames = 0;   ///< By another's connection, or whose seal is wrong.
};

} // namespace troupe
