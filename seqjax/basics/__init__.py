"""What everything else stands on: records, gates, products, masks, initial weights, checks."""
