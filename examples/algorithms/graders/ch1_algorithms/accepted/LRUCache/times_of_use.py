"""With a clock that counts uses, and the time of each key's last one."""


class LRUCache:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError("a cache needs room for one entry")
        self.capacity, self.clock, self.values, self.used = capacity, 0, {}, {}

    def _use(self, key):
        self.clock += 1
        self.used[key] = self.clock

    def get(self, key, default=None):
        try:
            value = self.values[key]
        except KeyError:
            return default
        self._use(key)
        return value

    def put(self, key, value):
        self.values[key] = value
        self._use(key)
        while len(self.values) > self.capacity:
            oldest = min(self.used, key=self.used.__getitem__)
            del self.values[oldest], self.used[oldest]

    def __len__(self):
        return len(self.values)
