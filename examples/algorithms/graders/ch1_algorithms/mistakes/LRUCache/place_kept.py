"""A key that is stored again keeps its old place.

Assigning to a key that a dict already has changes its value, not its place. So it is the next to be dropped, although
it was just used. Take it out first.
"""

FAILS = ("stored_again",)


class LRUCache:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, got {capacity}")
        self._capacity = capacity
        self._entries = {}

    def get(self, key, default=None):
        if key not in self._entries:
            return default
        value = self._entries.pop(key)
        self._entries[key] = value
        return value

    def put(self, key, value):
        self._entries[key] = value
        if len(self._entries) > self._capacity:
            del self._entries[next(iter(self._entries))]

    def __len__(self):
        return len(self._entries)
