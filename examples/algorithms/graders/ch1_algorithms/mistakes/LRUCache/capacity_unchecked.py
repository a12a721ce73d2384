"""A capacity of 0 accepted.

A cache of no entries is a mistake of whoever made it, and tells nobody. Raise a ValueError in `__init__` if `capacity`
is less than 1.
"""

FAILS = ("bad_capacity",)


class LRUCache:
    def __init__(self, capacity):
        self._capacity = capacity
        self._entries = {}

    def get(self, key, default=None):
        if key not in self._entries:
            return default
        value = self._entries.pop(key)
        self._entries[key] = value
        return value

    def put(self, key, value):
        self._entries.pop(key, None)
        self._entries[key] = value
        if len(self._entries) > self._capacity:
            del self._entries[next(iter(self._entries))]

    def __len__(self):
        return len(self._entries)
