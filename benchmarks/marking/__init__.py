"""What `benchmarks.watermark` is made of: the marks, the trials, the arithmetic and the report."""
