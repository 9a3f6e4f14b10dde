"""Counts of requests in memory, for doors that must not write: a GET changes nothing in the ledger."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil


class Throttle:
    """At most ``limit`` requests of one client within any stretch of ``window``.

    The table holds ``clients`` at most; whoever was heard longest ago goes out first, so a flood of addresses costs a
    bounded amount of memory. Every process counts for itself, and a restart forgets.
    """

    def __init__(self, limit: int, window: timedelta, *, clients: int = 10_000) -> None:
        self.limit = limit
        self.window = window.total_seconds()
        self.clients = clients
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._times)

    def count(self, client: str, now: datetime) -> int:
        """Count a request that is about to be answered: 0, or the seconds to wait, and then it was not counted."""
        moment = now.timestamp()
        times = self._times.setdefault(client, deque())
        self._times.move_to_end(client)
        while times and times[0] <= moment - self.window:
            times.popleft()
        if len(times) >= self.limit:
            return max(1, ceil(times[0] + self.window - moment))
        times.append(moment)
        while len(self._times) > self.clients:
            self._times.popitem(last=False)
        return 0

    def uncount(self, client: str) -> None:
        """Take the last count back: the request turned out to be no miss."""
        times = self._times.get(client)
        if times:
            times.pop()


def client_of(host: str) -> str:
    """Under what an address is counted: itself, or its /64 for IPv6, of which one house has 2**64 addresses."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Network((int(address) >> 64 << 64, 64)))
    return str(address)
