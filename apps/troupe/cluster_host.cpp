// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/cluster_host.hpp"

#include "apps/troupe/map_reader.hpp"
#include "runtime/base/host_port.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t name_max = 64;
constexpr std::size_t ssh_max = 320;
constexpr std::size_t path_max = 1024;

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
         || c == '_' || c == '.';
}

// A part that began with '-' would be an option to some ssh.
bool is_ssh_part(std::string_view text, std::string_view more) {
  return !text.empty() && text.front() != '-' && std::ranges::all_of(text, [&](char c) {
    return is_name_letter(c) || more.find(c) != std::string_view::npos;
  });
}

bool is_ssh_target(std::string_view text) {
  const auto at = text.rfind('@');
  const auto host = at == std::string_view::npos ? text : text.substr(at + 1);
  return text.size() <= ssh_max && is_ssh_part(host, ":%")
         && (at == std::string_view::npos || is_ssh_part(text.substr(0, at), "+$"));
}

// Shells differ in what a backslash means between quotes.
bool is_path(std::string_view text) {
  return text.size() <= path_max && text.starts_with('/') && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\';
         });
}

bool is_everywhere(const std::string& host) {
  return host == "0.0.0.0" || host == "::";
}

} // namespace

bool is_plain_name(std::string_view text) {
  return !text.empty() && text.size() <= name_max && text.front() != '-' && text.front() != '.'
         && std::ranges::all_of(text, is_name_letter);
}

std::string plain_name_words() {
  return "up to 64 letters, digits, '-', '_' and '.', beginning with none of '-' and '.'";
}

std::string agent_name(const std::string& cluster, const std::string& host) {
  return host.empty() ? cluster + "-agent" : cluster + "-" + host + "-agent";
}

result<cluster_host> read_cluster_host(const config::yaml_node& node, const std::string& path) {
  map_reader in(node, path);
  cluster_host out;
  in.child("nodes");
  if (auto fine = first_error({in.text("name", out.name), in.text("ssh", out.ssh),
                               in.port("port", out.port), in.text("listen", out.listen),
                               in.text("troupe", out.troupe), in.text("directory", out.directory),
                               in.nothing_else()});
      !fine) {
    return fine.err();
  }
  const auto invalid = [&](const std::string& key, const std::string& text) {
    return in.wrong(in.line_of(key), errc::invalid_value, text);
  };
  if (!is_plain_name(out.name)) {
    return invalid("name", "the 'name' of a host must be " + plain_name_words());
  }
  if (!is_ssh_target(out.ssh)) {
    return invalid("ssh", "'ssh' of host '" + out.name
                              + "' must be [USER@]HOST, neither beginning with '-', not '" + out.ssh
                              + "'");
  }
  const auto listen = parse_host_port(out.listen, "", "listen");
  if (!listen) {
    return invalid("listen", "'listen' of host '" + out.name + "': " + listen.err().text);
  }
  if (is_everywhere(listen->host)) {
    return invalid("listen", "'listen' of host '" + out.name
                                 + "' must name the address that the others reach it by");
  }
  for (const auto& [key, text] :
       {std::pair<std::string, std::string>{"troupe", out.troupe}, {"directory", out.directory}}) {
    if (!text.empty() && !is_path(text)) {
      return invalid(key, "'" + key + "' of host '" + out.name
                              + "' must be an absolute path there without backslashes");
    }
  }
  return out;
}

} // namespace troupe
