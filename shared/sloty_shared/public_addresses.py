"""Which IP addresses lie on the public internet: where tenants may have us connect to."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# The registries of special-purpose addresses, whoever routes them.
_SPECIAL_V4 = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24"),
            *("192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
            *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
# Of IPv6 only global unicast is public, and not the protocols' own ranges in it (Teredo, ORCHID).
_UNICAST_V6 = ip_network("2000::/3")
_SPECIAL_V6 = tuple(
    map(ip_network, ("2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20"))
)
_NAT64 = ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether this IPv4 or IPv6 address is one of the public internet; False for what is none.

    An IPv6 address that stands for an IPv4 address is judged by that one.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        embedded = _embedded(ip)
        if embedded is None:
            return "%" not in address and ip in _UNICAST_V6 and not _is_in(ip, _SPECIAL_V6)
        ip = embedded
    return not _is_in(ip, _SPECIAL_V4)


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside of a mapped, 6to4 or NAT64 one."""
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def _is_in(ip: IPv4Address | IPv6Address, networks: object) -> bool:
    return any(ip in network for network in networks)  # type: ignore[attr-defined]
