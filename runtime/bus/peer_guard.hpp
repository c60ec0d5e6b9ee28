// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/bus/allowance.hpp"
#include "runtime/bus/bus_options.hpp"
#include "runtime/bus/envelope.hpp"
#include "runtime/bus/link.hpp"
#include "runtime/bus/security.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace troupe {

/// What a session knows of its peer where links are authenticated.
struct peer_identity {
  keys::verified_certificate certificate;
  sender_key key{};             ///< The only connection its control frames may come by.
  keys::secret_key bulk_secret; ///< Seals what comes by its bulk lane.
  allowance answers;            ///< Of refused requests.
};

/// Judges peers and what they say. Without `bus_security` everything is allowed.
/// Thread: under the bus's lock. Checked: test/unit/bus/security_test.cpp
class peer_guard {
public:
  explicit peer_guard(std::shared_ptr<const bus_security> how) : how_(std::move(how)) {}

  [[nodiscard]] bool on() const { return how_ != nullptr; }

  /// Adds to our HELLO who we are and the secret of our bulk lane.
  void introduce(hello_body& ours, const keys::secret_key& bulk_secret) const;

  /// Whether who sent this HELLO is who it says. Errors: forbidden, overloaded (one key says hello
  /// too often). Requires: on().
  [[nodiscard]] result<peer_identity> admit(const sender_key& by, const hello_body& said,
                                            time_point now);

  /// Whether a certificate that was admitted still holds.
  [[nodiscard]] result<void> recheck(const peer_identity& peer) const;

  [[nodiscard]] bool may_send(const peer_identity& peer, wire_type type) const;

  /// What a peer is told of a message that it may not send.
  [[nodiscard]] static error why_not(const peer_identity& peer, wire_type type);

  /// Whether a refused request is answered. Who asks again and again is told no more: its deadline
  /// tells it.
  [[nodiscard]] static bool may_answer(peer_identity& peer, time_point now);

  /// Counts and, now and then, tells the log.
  void refuse_peer(const sender_key& by, const hello_body& said, const error& why, time_point now);
  void refuse_standing(const peer_identity& peer, const error& why, time_point now);
  void refuse_message(const peer_identity& peer, wire_type type, time_point now);
  void refuse_frame(const sender_key& by, const error& why, time_point now);

  [[nodiscard]] const refusal_counts& counts() const { return counts_; }

private:
  [[nodiscard]] bool may_try(const keys::public_key& key, time_point now);
  [[nodiscard]] bool is_told(time_point now); ///< Requires: `tell` follows if so.
  void tell(refusal what);

  std::shared_ptr<const bus_security> how_;
  std::map<keys::public_key, allowance> tries_;
  refusal_counts counts_;
  time_point told_window_;
  int told_ = 0;
  std::uint64_t unsaid_ = 0;
};

} // namespace troupe
