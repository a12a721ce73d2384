"""Authoring: make from a reference what learners get."""
