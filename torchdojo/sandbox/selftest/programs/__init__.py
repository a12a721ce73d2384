"""The self-test's programs. Each is run as a submission, and reports how far `attempt` came."""
