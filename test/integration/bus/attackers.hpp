// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/keys/key.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <sys/types.h>

/// Who attacks a node while good traffic is measured, as processes of their own.
namespace troupe::test {

/// By what it is called: half_open, 1,000 connections a second that stay silent; junk, as many that
/// send 1 KiB of it; unknown_key, 100 handshakes a second by new keys, and ten frames of no meaning
/// behind each; revoked, the same by the key `by`; wrong_role, a member of the cluster `by`, whose
/// role may not ask and which asks 1,000 times a second.
[[noreturn]] void attack(std::string_view how, const std::string& endpoint,
                         const keys::secret_key& by);

/// `program attack HOW ENDPOINT KEY` while it lives.
class attacker {
public:
  /// `before`: until the attack is in full swing.
  attacker(const char* program, const char* how, const std::string& endpoint,
           const keys::secret_key& by, std::chrono::milliseconds before);
  attacker(const attacker&) = delete;
  attacker& operator=(const attacker&) = delete;
  ~attacker();

private:
  pid_t child_ = 0;
};

/// A process that takes connections and ends each after two seconds, as libzmq does with silent
/// ones, and nothing more: attacking it costs this host what cannot be blamed on a node.
class bystander {
public:
  bystander();
  bystander(const bystander&) = delete;
  bystander& operator=(const bystander&) = delete;
  ~bystander();

  [[nodiscard]] std::string endpoint() const { return "tcp://127.0.0.1:" + std::to_string(port_); }

private:
  int listener_ = -1;
  int port_ = 0;
  pid_t child_ = 0;
};

} // namespace troupe::test
