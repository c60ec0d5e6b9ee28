// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/hosts/ssh_command.hpp"

#include "apps/troupe/version.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t said_max = 1000;
constexpr int ssh_failed = 255;     ///< ssh's own exit code.
constexpr int cannot_execute = 126; ///< A shell's.
constexpr int no_program = 127;     ///< A shell's.

bool is_safe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
         || std::string_view("-_./:@%+,").find(c) != std::string_view::npos;
}

/// The end of what a stranger wrote, on one line and harmless to a terminal.
std::string said(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  if (text.empty()) {
    return "it said nothing";
  }
  std::string out(text.size() > said_max ? "..." : "");
  for (const auto c : text.substr(text.size() - std::min(text.size(), said_max))) {
    if (c == '\n') {
      out += "; ";
    } else if (c != '\r') {
      out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
  }
  return "it said: " + out;
}

error about(const cluster_host& host, errc code, const std::string& text) {
  return {.code = code, .text = "host '" + host.name + "' (" + host.ssh + "): " + text};
}

} // namespace

std::string quote_word(const std::string& word) {
  if (!word.empty() && std::ranges::all_of(word, is_safe)) {
    return word;
  }
  std::string out = "'";
  for (const auto c : word) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

std::string quote_words(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) {
    out += (out.empty() ? "" : " ") + quote_word(word);
  }
  return out;
}

std::vector<std::string> ssh_command(const std::string& program, const cluster_host& host,
                                     const std::vector<std::string>& words) {
  std::vector<std::string> out{program, "-T",
                               "-o",    "BatchMode=yes",
                               "-o",    "ConnectTimeout=10",
                               "-o",    "ServerAliveInterval=5",
                               "-o",    "ServerAliveCountMax=3"};
  if (host.port != 0) {
    out.insert(out.end(), {"-p", std::to_string(host.port)});
  }
  out.insert(out.end(), {"--", host.ssh, quote_words(words)});
  return out;
}

result<std::string> judge_ssh(const cluster_host& host, const std::string& program,
                              const process::program_end& end) {
  if (end.timed_out) {
    return about(host, errc::timeout, "ssh did not end in time; " + said(end.errors));
  }
  if (end.signal != 0) {
    return about(host, errc::peer_gone,
                 "ssh was killed by signal " + std::to_string(end.signal) + "; "
                     + said(end.errors));
  }
  if (end.code == 0) {
    return end.out;
  }
  if (end.code == ssh_failed) {
    return about(host, errc::peer_gone,
                 "ssh does not reach it; " + said(end.errors)
                     + "; it must work without a password: try `ssh -o BatchMode=yes " + host.ssh
                     + " true`");
  }
  if (end.code == no_program || end.code == cannot_execute) {
    return about(host, errc::not_found,
                 "there is no program " + program + " that runs there; " + said(end.errors)
                     + "; copy this one to it, or say in 'troupe' of that host where it is");
  }
  return about(host, end.code == 2 ? errc::invalid_value : errc::io_failed,
               program + " ended with exit code " + std::to_string(end.code) + "; "
                   + said(end.errors));
}

result<void> judge_version(const cluster_host& host, const std::string& program,
                           const std::string& printed) {
  const auto there = wire_of(printed);
  if (there == wire_version()) {
    return {};
  }
  return about(host, errc::unsupported,
               program
                   + (there ? " speaks wire " + std::to_string(*there) + ", this one "
                            : " does not say which wire it speaks, this one speaks ")
                   + std::to_string(wire_version()) + "; copy this one to it");
}

} // namespace troupe
