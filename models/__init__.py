"""Room 4 - what is learned: numbers with names in, probabilities with reasons out. Knows no events, no Kafka."""
