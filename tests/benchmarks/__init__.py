"""Benchmarks that compare with other tools in the same run; no test depends on their times."""
