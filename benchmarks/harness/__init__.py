"""What the benchmarks of several networks share: one plan, one set of studies, one judge, one table."""
