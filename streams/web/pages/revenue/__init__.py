"""The pages of revenue: the forecast, the pipeline, the matrix, coaching and attribution."""
