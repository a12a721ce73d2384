"""The probes of a chapter that has none, because its checks call the submission themselves."""
