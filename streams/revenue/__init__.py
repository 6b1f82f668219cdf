"""What the sales leader asks of all deals: forecast, pipeline, coaching, attribution. Pure."""
