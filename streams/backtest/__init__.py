"""The same core without Kafka: a log in, states, alerts and judged predictions out.

Door: `run`. Nouns: `predictions` (questions with their answers, as CSV), `report` (figures beside the rules).
"""
