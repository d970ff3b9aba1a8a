"""The `triplane` command: runner, results, reports."""
