"""Loaded by every Python with this folder on its path: sockets reach loopback, no further."""

import errno
import ipaddress
import socket


def _is_local(host):
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:  # a name, which only a name server outside could resolve
        return False


def _refuse(host):
    raise OSError(errno.ENETUNREACH, f"the network is off in this test, {host!r} was asked for")


def _guard(name):
    plain = getattr(socket.socket, name)

    def guarded(self, *arguments):
        address = arguments[-1]
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
            _refuse(address[0])
        return plain(self, *arguments)

    setattr(socket.socket, name, guarded)


for _name in ("connect", "connect_ex", "sendto"):
    _guard(_name)

_plain_getaddrinfo = socket.getaddrinfo


def _getaddrinfo(host, *arguments, **options):
    if not _is_local(host):
        raise socket.gaierror(socket.EAI_AGAIN, f"the network is off in this test: {host!r}")
    return _plain_getaddrinfo(host, *arguments, **options)


socket.getaddrinfo = _getaddrinfo
