// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace troupe {

/// What is wrong, as a stable number that crosses the wire. The numbers below 100 are those that
/// the domain-free runtime itself reports; messages/vocab/error_codes.hpp adds the domain's and
/// holds the one table from code to name, HTTP status, OpenAI type and exit code.
enum class errc : std::uint16_t {
  none = 0,
  malformed = 1,       ///< Bytes or text that do not follow their format.
  invalid_value = 2,   ///< Well formed, but outside what the field allows.
  too_large = 3,       ///< Over a limit in bytes, items or depth.
  not_found = 4,       ///< A named thing does not exist.
  io_failed = 5,       ///< The operating system refused; the text has its reason.
  timeout = 6,         ///< Not done in time; whether it will be done is unknown.
  overloaded = 7,      ///< A bounded queue is full; nothing was done.
  peer_gone = 8,       ///< The other side's session or process ended; what it did is unknown.
  unknown_type = 9,    ///< A message type or enumerator this version does not know.
  cancelled = 10,      ///< Given up on request.
  internal = 11,       ///< A defect of ours that could be contained.
  unsupported = 12,    ///< Understood, but this build or configuration cannot do it.
  port_in_use = 13,    ///< Another process holds the address.
  unknown_option = 14, ///< A configuration key or flag nobody declared.
  forbidden = 15,      ///< Who asks did not prove who it is, or may not do this.
};

/// An error of the world, as a value. `text` says what happened and how to remedy it, `field` names
/// the input's field, file or tensor where there is one.
struct error {
  errc code = errc::none;
  std::string text;
  std::string field;
  bool retryable = false;           ///< The same request may succeed later or elsewhere.
  std::uint32_t retry_after_ms = 0; ///< 0: no advice.

  friend bool operator==(const error&, const error&) = default;
};

} // namespace troupe
