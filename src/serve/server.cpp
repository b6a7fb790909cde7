#include "serve/server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "serve/connection.h"
#include "serve/guard.h"

namespace fettle::serve {
namespace {

using Addresses = std::unique_ptr<addrinfo, void (*)(addrinfo*)>;

Addresses resolve(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  // No look-up of names: binding must not depend on a name server.
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
  const std::string numeric = host == "localhost" ? "127.0.0.1" : host;
  addrinfo* found = nullptr;
  if (port < 0 || port > 65535 ||
      ::getaddrinfo(numeric.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    throw UsageError(
        "{}:{}: is no address to listen at; give an IPv4 or IPv6 address of this "
        "machine, or localhost, and a port from 0 to 65535",
        host, port);
  }
  return {found, ::freeaddrinfo};
}

int bound_port(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

Server::Server(const std::string& host, int port, const Router& router, Limits limits)
    : router_(router), limits_(limits) {
  const Addresses addresses = resolve(host, port);
  listener_ = ::socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (listener_ < 0 || ::bind(listener_, addresses->ai_addr, addresses->ai_addrlen) != 0 ||
      ::listen(listener_, 64) != 0) {
    const std::string why = std::strerror(errno);
    if (listener_ >= 0) ::close(listener_);
    throw IoError("{}:{}: cannot be listened at: {}; choose another --port", host, port, why);
  }
  port_ = bound_port(listener_);
}

Server::~Server() {
  stopping_ = true;
  reap(true);
  ::close(listener_);
}

void Server::run(const std::function<bool()>& stop) {
  while (!stop()) {
    pollfd poll{listener_, POLLIN, 0};
    if (::poll(&poll, 1, 100) > 0) accept_one();
    reap(false);
  }
  stopping_ = true;
  reap(true);
}

void Server::accept_one() {
  const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::unique_lock lock(mutex_);
  if (clients_.size() >= limits_.connections) {
    lock.unlock();
    Limits brief = limits_;
    brief.write_seconds = 0.1;
    Connection(fd, brief).write(error_response(503, "too many connections; try again"), false,
                                false);
    ::close(fd);
    return;
  }
  Client& client = clients_.emplace_back();
  client.fd = fd;
  client.thread = std::thread([this, &client] { serve(client); });
}

void Server::serve(Client& client) {
  Connection connection(client.fd, limits_);
  while (!stopping_) {
    const auto request = connection.read();
    if (!request) break;
    if (!*request) {
      Response refused = error_response(request->error().status, request->error().message);
      add_security_headers(refused);
      if (connection.write(refused, false, false)) connection.linger();
      break;
    }
    const bool keep = (*request)->keep_alive && !stopping_;
    if (!connection.write(router_.answer(**request), keep, (*request)->method == "HEAD") || !keep) {
      break;
    }
  }
  const std::lock_guard lock(mutex_);
  ::close(client.fd);
  client.fd = -1;
  client.done = true;
}

void Server::reap(bool all) {
  std::list<Client> ended;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = clients_.begin(); at != clients_.end();) {
      const auto next = std::next(at);
      // A client that waits for a request sees the end of its input; one that is answered goes on.
      if (all && at->fd >= 0) ::shutdown(at->fd, SHUT_RD);
      if (at->done || all) ended.splice(ended.end(), clients_, at);
      at = next;
    }
  }
  for (Client& client : ended) client.thread.join();
}

}  // namespace fettle::serve
